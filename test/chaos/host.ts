/** A process with all functions, each under its own path, that signals itself at the points its arguments name. */
import { writeSync } from 'node:fs';
import backfills from '../../functions/backfills.ts';
import controlRuns from '../../functions/control-runs.ts';
import deadLetters from '../../functions/dead-letters.ts';
import notify from '../../functions/notify.ts';
import runPipeline from '../../functions/run-pipeline.ts';
import schedules from '../../functions/schedules.ts';
import sweep from '../../functions/sweep.ts';
import trigger from '../../functions/trigger.ts';
import { onBoundary } from '../../lib/boundary.ts';
import { loadConfig } from '../../lib/config.ts';
import { listen } from '../../lib/http/host.ts';
import { router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import { type Act, Acts } from './act.ts';

const PATIENCE = 20_000;
const functions = {
  trigger,
  'run-pipeline': runPipeline,
  sweep,
  notify,
  'dead-letters': deadLetters,
  'control-runs': controlRuns,
  schedules,
  backfills,
};

const acts = Acts.parse(JSON.parse(process.argv[2] ?? '[]'));
const passed = new Map<string, number>();

const say = (word: string, what: string | number) => writeSync(1, `${word} ${what}\n`);

onBoundary((name, moment) => {
  const nth = (passed.get(`${name}:${moment}`) ?? 0) + 1;
  passed.set(`${name}:${moment}`, nth);
  say('passed', `${name}:${moment}:${nth}`);
  const act = acts.find((due: Act) => due.at === `${name}:${moment}:${nth}`);
  if (!act) return;
  say(act.signal, act.at);
  process.kill(process.pid, act.signal);
});

const config = loadConfig();
const hosted = Object.entries(functions).map(([name, module]) => {
  const service = createService(config);
  return { name, service, handler: router(module.routes, service) };
});

const listening = await listen(
  async (request) => {
    const url = new URL(request.url);
    const [, name, ...rest] = url.pathname.split('/');
    const target = hosted.find((candidate) => candidate.name === name);
    if (!target) return new Response(null, { status: 404 });
    url.pathname = `/${rest.join('/')}`;
    const init = { method: request.method, headers: request.headers, signal: request.signal };
    const body = request.body && { body: await request.text() };
    return target.handler(new Request(url, { ...init, ...body }));
  },
  { port: 0, host: '127.0.0.1' },
);

process.once('SIGTERM', async () => {
  const drained = Promise.all(hosted.map(({ service }) => service.drain(PATIENCE)));
  await listening.close();
  await drained;
  process.exit(0);
});
say('port', listening.port);
