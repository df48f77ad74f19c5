import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { expect, onTestFinished } from 'vitest';
import { loadConfig } from '../../lib/config.ts';
import { probes } from '../../lib/http/probes.ts';
import { router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import { announceStart } from '../../lib/logs/announce.ts';
import { ownLogins } from '../setup/own-login.ts';
import { test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { claimed, deliver, nothingArrives, pass } from '../work/hands-on.ts';
import { idle, pipelineOf, runOf } from '../work/pipeline-of.ts';
import { runMain } from './main-program.ts';

const systemLines = async (ledger: Client) =>
  (await ledger.query(`select level, stream, message, metadata from logs where type = 'system' order by id`))
    .rows;

const messages = async (ledger: Client) => (await systemLines(ledger)).map(({ message }) => message);

/** The surroundings of a function by its own login. */
function serviceOf(name: string, runlog: string, env: Record<string, string> = {}) {
  const own = ownLogins(name, { RUNLOG_DB_URL: runlog });
  return createService(loadConfig({ ...own, FUNCTION_TARGET: name, LOG_LEVEL: 'silent', ...env }), {
    pipelines: [],
  });
}

/** Starts a function and stops it again, as a scale from zero and back does. */
async function startAndStop(name: string, runlog: string, env: Record<string, string> = {}) {
  const service = serviceOf(name, runlog, env);
  const announceStop = await announceStart(service, { port: 8080, version: '1.2.3' });
  announceStop();
  await service.drain(5000);
}

test('the program of the image says that it starts, which database it has, and that it stops', async ({
  runlog,
  connect,
}) => {
  const program = runMain({ PORT: '0', FUNCTION_TARGET: 'list-runs', RUNLOG_DB_URL: runlog });
  onTestFinished(() => void program.process.kill('SIGKILL'));
  const { port } = new URL(await program.url);
  const ledger = await connect(runlog);
  await until(async () => (await messages(ledger)).length === 2);
  program.process.kill('SIGTERM');
  const { code } = await program.ended;

  const place = new URL(runlog);
  expect(code).toBe(0);
  expect(await systemLines(ledger)).toMatchObject([
    {
      level: 'info',
      stream: 'system',
      message: 'Server started successfully',
      metadata: { service: 'list-runs', functions: ['list-runs'], port: Number(port), version: '0.1.0' },
    },
    {
      message: 'Database connection established',
      metadata: { host: place.hostname, database: place.pathname.slice(1) },
    },
    {
      message: 'Server shutting down',
      metadata: { port: Number(port), version: '0.1.0', uptime_ms: expect.any(Number) },
    },
  ]);
  expect(JSON.stringify(await systemLines(ledger))).not.toContain(decodeURIComponent(place.password));
});

test('a function that only reads says it too, by its own login', async ({ runlog, connect }) => {
  await startAndStop('get-run', runlog);

  expect(await messages(await connect(runlog))).toEqual([
    'Server started successfully',
    'Database connection established',
    'Server shutting down',
  ]);
});

test('a function that starts often says so once in ten minutes, and how often it did', async ({
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);

  for (let i = 0; i < 4; i++) await startAndStop('get-run', runlog);
  const told = await messages(ledger);
  await pass(ledger, '11 minutes');
  await startAndStop('get-run', runlog);

  expect(told.filter((message) => message === 'Server started successfully')).toHaveLength(1);
  expect((await systemLines(ledger)).filter(({ message }) => /started/.test(message)).at(-1)).toMatchObject({
    metadata: { starts_untold: 3 },
  });
});

test('settings that changed since the last start are named at once, their values never', async ({
  runlog,
  connect,
}) => {
  await startAndStop('notify', runlog, { SMTP_URL: 'smtp://feed:hunter2@mail', NOTIFY_TO: 'a@x.example' });
  await startAndStop('notify', runlog, { SMTP_URL: 'smtp://feed:hunter3@mail', NOTIFY_TO: 'b@x.example' });

  const lines = await systemLines(await connect(runlog));
  expect(lines.find(({ message }) => message === 'Configuration changed')).toMatchObject({
    level: 'info',
    metadata: { service: 'notify', config_file: 'environment', settings: ['NOTIFY_TO'] },
  });
  expect(JSON.stringify(lines)).not.toMatch(/hunter|x\.example/);
});

test('settings that are wrong are told where RunLog can be, once for each restart of the same', async ({
  runlog,
  connect,
}) => {
  const wrong = { PORT: 'http', FUNCTION_TARGET: 'get-run', RUNLOG_DB_URL: runlog };

  const codes = [(await runMain(wrong).ended).code, (await runMain(wrong).ended).code];

  expect(codes).toEqual([1, 1]);
  expect(await systemLines(await connect(runlog))).toMatchObject([
    {
      level: 'error',
      message: 'Configuration validation failed',
      metadata: { error: expect.stringContaining('PORT'), config_file: 'environment', settings: ['PORT'] },
    },
  ]);
});

test('a pipeline file that cannot be read is told by its name, once a process', async ({
  runlog,
  connect,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'kubescribe-pipelines-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'broken.ts'), 'export default 1;');
  const own = ownLogins('trigger', { RUNLOG_DB_URL: runlog });
  const env = { ...own, FUNCTION_TARGET: 'trigger', LOG_LEVEL: 'silent', KUBESCRIBE_PIPELINES: folder };
  const service = createService(loadConfig(env));

  await expect(service.pipelines()).rejects.toThrow(/broken/);
  await expect(service.pipelines()).rejects.toThrow(/broken/);
  await service.drain(5000);

  expect(await systemLines(await connect(runlog))).toMatchObject([
    {
      level: 'error',
      message: 'Configuration validation failed',
      metadata: { error: expect.stringContaining('broken.ts'), config_file: folder, service: 'trigger' },
    },
  ]);
});

test('what a function logs is in the table, too', async ({ product, runlog, connect }) => {
  const { trigger, service } = await product({
    pipelines: [pipelineOf(idle)],
    weather: nothingArrives,
    env: { LOG_LEVEL: 'info' },
  });
  const ledger = await connect(runlog);
  const runId = await runOf(trigger({ pipeline: 'sample' }));
  await claimed(service, runId);
  await pass(ledger, '31 seconds');

  expect(await deliver(service, runId, 0)).toBe(204);
  service.log.warn({ disk: '91 %' }, 'the disk fills up');
  await service.logs.flush();

  const { rows } = await ledger.query(
    `select type, level, message, attempt, epoch from logs where message in ('taken over: its worker died',
       'slice begins') and job_run_id = $1 order by id`,
    [runId],
  );
  expect(rows).toMatchObject([
    {
      type: 'job',
      level: 'warn',
      message: 'taken over: its worker died',
      attempt: 1,
      epoch: expect.any(String),
    },
    { type: 'job', level: 'info', message: 'slice begins', attempt: 1 },
  ]);
  expect(await systemLines(ledger)).toMatchObject([
    { level: 'warn', message: 'the disk fills up', metadata: { disk: '91 %' } },
  ]);
});

test('a change of how things are is said beside the audit', async ({ product, runlog, connect }) => {
  const { ask } = await product({ pipelines: [pipelineOf(idle)] });

  const changed = await ask('/retention/logs', {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-forwarded-user': 'ada' },
    body: JSON.stringify({ days: 20, why: 'less disk' }),
  });

  expect(changed.status).toBe(200);
  expect(await systemLines(await connect(runlog))).toMatchObject([
    { message: 'Configuration changed', metadata: { setting: 'retention.set', subject: 'logs', by: 'ada' } },
  ]);
});

test('how it goes is said once an hour, and when it changes', async ({ product, runlog, connect }) => {
  const { tick, service } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const ledger = await connect(runlog);
  const broken = async () => {
    await ledger.query('alter table backfills rename to hidden');
    await tick('minute').finally(() => ledger.query('alter table hidden rename to backfills'));
  };

  for (const minute of [() => tick('minute'), () => tick('minute'), broken, broken, () => tick('minute')])
    await minute();
  await pass(ledger, '61 minutes');
  await tick('minute');
  await service.logs.flush();

  const health = async () => (await systemLines(ledger)).filter(({ message }) => /^Health/.test(message));
  await until(async () => (await health()).length === 4);
  expect(await health()).toMatchObject([
    { level: 'info', message: 'Health check passed', metadata: { check: 'sweep', live_runs: 0 } },
    { level: 'error', message: 'Health check failed', metadata: { error: expect.any(String) } },
    { level: 'info', message: 'Health check passed' },
    { level: 'info', message: 'Health check passed' },
  ]);
});

test('a host that cannot work says so once, and when it can again', async ({ runlog, connect }) => {
  const ledger = await connect(runlog);
  const service = serviceOf('get-run', runlog);
  const route = router(probes(service), service);
  const ready = async () => (await route(new Request('http://host/readyz?verbose'))).status;

  const well = await ready();
  await ledger.query('alter table schema_migrations rename to hidden');
  const ill = [await ready(), await ready()];
  await ledger.query('alter table hidden rename to schema_migrations');
  const again = await ready();
  await service.drain(5000);

  expect([well, ...ill, again]).toEqual([200, 503, 503, 200]);
  expect(await systemLines(ledger)).toMatchObject([
    { level: 'error', message: 'Health check failed', metadata: { check: 'readyz', service: 'get-run' } },
    { level: 'info', message: 'Health check passed' },
  ]);
});
