import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Program, runMain } from '../functions/main-program.ts';
import { test as base } from '../setup/fixtures.ts';
import { lockWaits } from '../setup/lock-waits.ts';
import { ownLogins } from '../setup/own-login.ts';
import { until } from '../setup/until.ts';
import { runOf } from '../work/pipeline-of.ts';

const PIPELINES = fileURLToPath(new URL('../local/pipelines', import.meta.url));
const SECOND = 1000;

/** The program of the image hosting one function, on databases of the test's own. */
const test = base.extend('main', async ({ runlog, report, prod, ends: _ }, { onCleanup }) => {
  const programs: Program[] = [];
  onCleanup(async () => {
    for (const program of programs) {
      program.process.kill('SIGKILL');
      await program.ended;
    }
  });
  return (name: string): Program => {
    const own = ownLogins(name, { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report, PROD_DB_URL: prod });
    const program = runMain({ ...own, FUNCTION_TARGET: name, PORT: '0', KUBESCRIBE_PIPELINES: PIPELINES });
    programs.push(program);
    return program;
  };
});

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Resolves once the program takes no connection any more. */
const closed = (url: string) =>
  until(() =>
    fetch(url).then(
      () => false,
      () => true,
    ),
  );

test('SIGTERM with several requests in flight: each is answered whole', { timeout: 60 * SECOND }, async ({
  main,
  runlog,
  connect,
}) => {
  const program = main('trigger');
  const url = await program.url;
  const other = await connect(runlog);
  await other.query('begin; lock table pipelines in access exclusive mode');
  const asked = [1, 2, 3].map((key) => post(`${url}/runs/trigger`, {}, { 'idempotency-key': `key-${key}` }));
  await until(async () => (await lockWaits(other)) === asked.length);

  program.process.kill('SIGTERM');
  await closed(url);
  await other.query('commit');

  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  for (const answer of answers) expect(await answer.json()).toHaveProperty('run_id');
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
});

test('SIGTERM in mid-slice: the run is left at a checkpoint, its delivery answered, and nobody died', {
  timeout: 60 * SECOND,
}, async ({ main, runlog, report, connect }) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  const door = main('trigger');
  const program = main('run-pipeline');
  const params = { steps: 1000, pause: 20 };
  const asked = await post(`${await door.url}/runs/trigger`, { pipeline: 'steps', params });
  const run_id = await runOf(asked);
  const delivery = post(
    `${await program.url}/`,
    { run_id, pipeline: 'steps', checkpoint: 0 },
    {
      'ce-specversion': '1.0',
      'ce-id': 'one',
      'ce-type': 'dev.kubescribe.run.requested',
      'ce-source': '/test',
    },
  );
  await until(async () => {
    const { rows } = await reports.query(`select to_regclass('kubescribe.steps') is not null as begun`);
    return rows[0].begun;
  });

  program.process.kill('SIGTERM');

  expect((await delivery).status).toBe(204);
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  const { rows } = await ledger.query('select checkpoint, lease_until, deaths from run_work');
  expect(rows).toEqual([{ checkpoint: 1, lease_until: null, deaths: 0 }]);
  const { rows: told } = await ledger.query(`select checkpoint from outbox where type ~ 'run.continue$'`);
  expect(told).toEqual([{ checkpoint: 1 }]);
});

test('a connection is kept for longer than a proxy in front keeps it', async ({ main }) => {
  const answer = await fetch(`${await main('trigger').url}/livez`);

  const [, seconds] = /timeout=(\d+)/.exec(answer.headers.get('keep-alive') ?? '') ?? [];
  expect(Number(seconds)).toBeGreaterThan(90);
});
