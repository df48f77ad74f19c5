import type { Client } from 'pg';
import type { TaskBody } from '../../lib/pipeline/task.ts';
import { kubescribe } from '../cli/command.ts';
import { opened } from '../cli/opened.ts';
import { expect, type Product, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { idle, type Params, pipelineOf, runOf } from '../work/pipeline-of.ts';

const setLevel = (made: Product, name: string, body: object) =>
  made.ask(`/pipelines/${name}/log-level`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-forwarded-user': 'ada' },
    body: JSON.stringify(body),
  });

const levelOf = async (made: Product) =>
  ((await (await made.ask('/pipelines/sample')).json()) as { log_level: string }).log_level;

/** What the tasks of a run have said. */
const saidIn = async (ledger: Client, runId: string): Promise<string[]> => {
  const { rows } = await ledger.query(
    `select message from logs where job_run_id = $1 and message like 'said %' order by id`,
    [runId],
  );
  return rows.map(({ message }) => message);
};

/** Says something at each level. */
const talks: TaskBody<Params> = async function* ({ log }) {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](`said at ${level}`);
  yield {};
};

test('of what a pipeline logs info and worse is kept, until somebody says another level', async ({
  product,
  connect,
  runlog,
}) => {
  const made = await product({ pipelines: [pipelineOf(talks)] });
  const ledger = await connect(runlog);

  const usual = await made.start('sample');
  const before = await levelOf(made);
  const answer = await setLevel(made, 'sample', { level: 'error', why: 'it floods' });
  const quiet = await made.start('sample');
  const again = await setLevel(made, 'sample', { level: 'error' });
  await setLevel(made, 'sample', { level: 'debug' });
  const all = await made.start('sample');

  expect([before, await levelOf(made)]).toEqual(['info', 'debug']);
  expect(await answer.json()).toEqual({ pipeline: 'sample', level: 'error', changed: true });
  expect(await again.json()).toEqual({ pipeline: 'sample', level: 'error', changed: false });
  expect(await saidIn(ledger, usual.run_id)).toEqual(['said at info', 'said at warn', 'said at error']);
  expect(await saidIn(ledger, quiet.run_id)).toEqual(['said at error']);
  expect(await saidIn(ledger, all.run_id)).toHaveLength(4);
  const course = await ledger.query(
    `select message from logs where job_run_id = $1 and message ~ '^(Job|Task) ' order by id`,
    [quiet.run_id],
  );
  expect(course.rows).toHaveLength(4);
});

test('a slice that is live heeds another level within seconds', async ({ product, connect, runlog }) => {
  const over = Promise.withResolvers<void>();
  let count = 0;
  const chatters = pipelineOf(async function* ({ log, signal }) {
    let done = false;
    void over.promise.then(() => {
      done = true;
    });
    while (!done && !signal.aborted) {
      log.debug(`said ${++count}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    yield {};
  });
  const made = await product({ pipelines: [chatters] });
  const ledger = await connect(runlog);
  const runId = await runOf(made.trigger({ pipeline: 'sample' }));
  await until(() => count > 5);

  const asked = count;
  await setLevel(made, 'sample', { level: 'debug' });
  await until(async () => (await saidIn(ledger, runId)).length > 0);
  over.resolve();
  await made.ended(runId);

  const [first] = await saidIn(ledger, runId);
  expect(Number(first?.replace('said ', ''))).toBeGreaterThanOrEqual(asked);
});

test('who changed it is in the audit and in the log, and what is no level or no pipeline is refused', async ({
  product,
  connect,
  runlog,
}) => {
  const made = await product({ pipelines: [pipelineOf(idle)] });
  const ledger = await connect(runlog);

  const refused = [
    await setLevel(made, 'sample', { level: 'trace' }),
    await setLevel(made, 'sample', {}),
    await setLevel(made, 'nobody', { level: 'warn' }),
  ];
  await setLevel(made, 'sample', { level: 'warn', why: 'it floods' });

  expect(refused.map(({ status }) => status)).toEqual([400, 400, 404]);
  expect((await ledger.query('select actor, action, subject, why, details from audit')).rows).toEqual([
    {
      actor: 'ada',
      action: 'pipeline.log-level',
      subject: 'sample',
      why: 'it floods',
      details: { from: 'info', to: 'warn' },
    },
  ]);
  expect((await ledger.query(`select message, metadata from logs where type = 'system'`)).rows).toEqual([
    {
      message: 'Configuration changed',
      metadata: { setting: 'pipeline.log-level', subject: 'sample', by: 'ada' },
    },
  ]);
});

test('the command line sets it', async ({ product }) => {
  const made = await product({ pipelines: [pipelineOf(idle)] });
  const at = ['--url', await opened(made)];

  const set = await kubescribe(['log-level', 'sample', 'debug', '--why', 'which rows?', ...at]);
  const again = await kubescribe(['log-level', 'sample', 'debug', ...at]);
  const json = await kubescribe(['log-level', 'sample', 'warn', '-o', 'json', ...at]);
  const wrong = await kubescribe(['log-level', 'sample', 'loud', ...at]);

  expect([set, again].map(({ stdout, code }) => [stdout, code])).toEqual([
    ['sample keeps what is debug or worse\n', 0],
    ['sample kept before what is debug or worse\n', 0],
  ]);
  expect(JSON.parse(json.stdout)).toEqual({ pipeline: 'sample', level: 'warn', changed: true });
  expect(wrong.code).toBe(2);
  expect(await levelOf(made)).toBe('warn');
});
