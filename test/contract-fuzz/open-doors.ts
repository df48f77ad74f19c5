/** Every door of the HTTP API behind a port, with some runs, and a client that sends whatever it is given. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import { Client } from 'pg';
import * as z from 'zod';
import { loadConfig } from '../../lib/config.ts';
import { listen } from '../../lib/http/host.ts';
import { type FunctionModule, router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { declare } from '../../lib/requests/declare.ts';
import type { Asked } from './requests.ts';

const FUNCTIONS = new URL('../../functions/', import.meta.url);
/** They take events alone, or answer people. */
const NO_DOORS = /^(console|notify|run-pipeline|sweep)\.ts$/;

const params = z.looseObject({});
const HOURLY = { schedule: '0 * * * *', timezone: 'Europe/Berlin' };
const nothing = [task('nothing', async function* () {}, { writes: 'fuzzed_report' })];

/** A report with a row, whose columns are of all kinds. */
const REPORT = `
  create table fuzzed_report (
    name text, number int, at timestamptz, amount numeric, facts jsonb, many text[], primary key (name, number));
  insert into fuzzed_report values ('=1', 1, now(), 1.5, '{}', '{a}')`;

type Urls = { runlog: string; report: string };

export async function openDoors({ runlog, report }: Urls) {
  await say(report, REPORT);
  const pipelines = [
    pipeline('fuzzed', { default: true, params, overlap: { people: 'skip' }, tasks: nothing }),
    pipeline('hourly', { ...HOURLY, params, overlap: { people: 'skip' }, tasks: nothing }),
  ];
  const service = createService(
    loadConfig({ RUNLOG_DB_URL: runlog, REPORT_DB_URL: report, LOG_LEVEL: 'silent' }),
    { pipelines },
  );
  await declare(service.runlog, pipelines, 'local');
  const modules: { default: FunctionModule }[] = await Promise.all(
    readdirSync(FUNCTIONS)
      .filter((file) => !NO_DOORS.test(file))
      .map((file) => import(new URL(file, FUNCTIONS).href)),
  );
  const open = router(
    modules.flatMap((module) => module.default.routes),
    service,
  );
  const { port, close } = await listen(open, { port: 0, host: '127.0.0.1' });
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });

  async function ask({ method, path, headers, body }: Asked): Promise<Response> {
    // Node would send the body of a GET without saying where it ends.
    const length = { 'content-length': Buffer.byteLength(body ?? '') };
    const message = send({
      host: '127.0.0.1',
      port,
      agent,
      method,
      path,
      headers: { ...headers, ...length },
    });
    message.end(body);
    const [answer] = await once(message, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of answer) {
      chunks.push(chunk);
      // A stream that goes on is left after its first word.
      if (answer.headers['content-type'] === 'text/event-stream') break;
    }
    const bodyless = answer.statusCode === 204 || answer.statusCode === 304;
    return new Response(bodyless ? null : Buffer.concat(chunks), {
      status: answer.statusCode,
      headers: answer.headers,
    });
  }

  const runs: string[] = [];
  for (const name of ['fuzzed', 'hourly']) {
    const headers = { 'content-type': 'application/json' };
    const asked = await ask({
      method: 'POST',
      path: '/runs/trigger',
      headers,
      body: JSON.stringify({ pipeline: name }),
    });
    const { run_id }: { run_id: string } = JSON.parse(await asked.text());
    runs.push(run_id);
  }
  return {
    ask,
    known: { runs, pipelines: ['fuzzed', 'hourly'], tables: ['fuzzed_report'] },
    async close() {
      agent.destroy();
      await close();
      await service.drain(1000);
    },
  };
}

async function say(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
