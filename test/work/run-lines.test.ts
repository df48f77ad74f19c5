import type { Client } from 'pg';
import { commit } from '../../lib/boundary.ts';
import { Refusal, task } from '../../lib/pipeline/task.ts';
import { poisoned } from '../../lib/work/outcome.ts';
import { finish } from '../../lib/work/settle.ts';
import { startTask } from '../../lib/work/task-runs.ts';
import { DROP_DAYS } from '../setup/drop-days.ts';
import { expect, test } from '../setup/product.ts';
import { control } from './control.ts';
import { claimed, nothingArrives, pass } from './hands-on.ts';
import { idle, pipelineOf, retriesAtOnce, runOf } from './pipeline-of.ts';

/** What the log has of a run's course, in the order in which it was written. */
async function courseOf(ledger: Client, runId: string) {
  const { rows } = await ledger.query(
    `select type, level, stream, message, metadata, attempt, epoch from logs
      where job_run_id = $1 and message ~ '^(Job|Task) [a-z]+$' order by id`,
    [runId],
  );
  return rows;
}

const messagesOf = async (ledger: Client, runId: string) =>
  (await courseOf(ledger, runId)).map(({ message }) => message);

test('a run that goes well says that it and its tasks begin and are done', async ({
  product,
  connect,
  runlog,
}) => {
  const two = pipelineOf(idle, { tasks: [task('first', idle), task('second', idle)] });
  const { start } = await product({ pipelines: [two] });

  const run = await start('sample', { lane: 'a' });

  expect(await courseOf(await connect(runlog), run.run_id)).toMatchObject([
    {
      type: 'job',
      level: 'info',
      stream: 'system',
      message: 'Job started',
      attempt: 1,
      epoch: expect.any(String),
      metadata: { job_name: 'sample', parameters: { lane: 'a', fail: false }, total_tasks: 2 },
    },
    {
      type: 'task',
      level: 'info',
      stream: 'stdout',
      message: 'Task started',
      metadata: { task_name: 'first', attempt: 1, retry_count: 0 },
    },
    { message: 'Task completed', metadata: { task_name: 'first', duration: expect.stringMatching(/s$/) } },
    { message: 'Task started', metadata: { task_name: 'second' } },
    { message: 'Task completed', metadata: { task_name: 'second' } },
    {
      type: 'job',
      level: 'info',
      message: 'Job completed',
      metadata: {
        job_name: 'sample',
        status: 'SUCCESS',
        duration: expect.stringMatching(/s$/),
        duration_ms: run.duration_ms,
        attempts: 1,
      },
    },
  ]);
});

test('a run says how long it may take, by those before it', async ({ product, connect, runlog }) => {
  const { start } = await product({ pipelines: [pipelineOf(idle)] });
  const ledger = await connect(runlog);
  const first = await start('sample');
  await ledger.query(
    `insert into run_log (component, status, started_at, finished_at)
     select 'sample', 'SUCCESS', clock() - n * interval '1 day', clock() - n * interval '1 day' + interval '123.5 s'
       from generate_series(1, 5) n`,
  );

  const second = await start('sample');

  const [opening] = await courseOf(ledger, first.run_id);
  expect(opening.metadata).not.toHaveProperty('estimated_duration');
  expect((await courseOf(ledger, second.run_id))[0].metadata).toMatchObject({
    estimated_duration: '2m3.5s',
    estimated_duration_ms: 123_500,
  });
});

test('each failed attempt says why, and how often it was tried before; the run says it once', async ({
  product,
  connect,
  runlog,
}) => {
  const fails = pipelineOf(async function* () {
    yield {};
    throw new Error('cannot reach postgres://feed:hunter2@source/db');
  });
  const { start } = await product({ pipelines: [{ ...fails, retry: { ...retriesAtOnce, attempts: 2 } }] });

  const run = await start('sample');

  const error = 'cannot reach postgres://feed:[hidden]@source/db';
  expect(await courseOf(await connect(runlog), run.run_id)).toMatchObject([
    { message: 'Job started' },
    { message: 'Task started', attempt: 1 },
    {
      type: 'task',
      level: 'error',
      stream: 'stderr',
      message: 'Task failed',
      attempt: 1,
      metadata: {
        task_name: 'only',
        error,
        error_code: 'Error',
        retry_count: 0,
        error_class: 'failed',
      },
    },
    { message: 'Task started', attempt: 2, metadata: { retry_count: 1 } },
    { message: 'Task failed', attempt: 2, metadata: { error, retry_count: 1 } },
    {
      type: 'job',
      level: 'error',
      message: 'Job failed',
      metadata: { status: 'ERROR', error, duration: expect.stringMatching(/s$/), attempts: 2 },
    },
  ]);
});

test('what a task puts out is of the task, on the stream that programs would use', async ({
  product,
  connect,
  runlog,
}) => {
  const talks = pipelineOf(async function* ({ log }) {
    log.info('HTTP request completed', { status_code: 200, response_time: '150ms' });
    log.warn('slow');
    log.error('gone');
    yield {};
  });
  const { start } = await product({ pipelines: [talks] });

  const run = await start('sample');

  const { rows } = await (await connect(runlog)).query(
    `select type, task_run_id is not null as of_task, level, stream, message, metadata, attempt from logs
      where job_run_id = $1 and message !~ '^(Job|Task) ' order by id`,
    [run.run_id],
  );
  const line = { type: 'task', of_task: true, metadata: null, attempt: 1 };
  expect(rows).toEqual([
    {
      ...line,
      level: 'info',
      stream: 'stdout',
      message: 'HTTP request completed',
      metadata: { status_code: 200, response_time: '150ms' },
    },
    { ...line, level: 'warn', stream: 'stderr', message: 'slow' },
    { ...line, level: 'error', stream: 'stderr', message: 'gone' },
  ]);
});

test('secrets among the parameters are hidden, and nulls stay', async ({ product, connect, runlog }) => {
  const { trigger, service, run } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const runId = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, runId);
  const parameters = { password: 'hunter2', url: 'https://a:hunter2@h/', until: null };

  await commit('task-start', service.runlog, (tx) =>
    startTask(tx, work, { name: 'only', movesRows: false }, 0, { parameters, tasks: 1 }),
  );

  expect((await courseOf(await connect(runlog), runId))[0].metadata.parameters).toEqual({
    password: '[hidden]',
    url: 'https://a:[hidden]@h/',
    until: null,
  });
  expect(await run(runId)).toMatchObject({ status: 'STARTED' });
});

test('a task that goes on in another slice does not begin again', async ({ product, connect, runlog }) => {
  const { trigger, service } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const runId = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, runId);
  const begin = (of: typeof work) =>
    commit('task-start', service.runlog, (tx) => startTask(tx, of, { name: 'only', movesRows: false }, 0));

  await begin(work);
  await begin(work);
  await begin({ ...work, attempt: 2 });

  expect(await messagesOf(await connect(runlog), runId)).toEqual([
    'Job started',
    'Task started',
    'Task started',
  ]);
});

test('a run that the sweep ends says so, with the task that it took along', async ({
  product,
  connect,
  runlog,
}) => {
  const { trigger, service } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const ledger = await connect(runlog);
  const runId = await runOf(trigger({ pipeline: 'sample' }));
  const work = await claimed(service, runId);
  await commit('task-start', service.runlog, (tx) =>
    startTask(tx, work, { name: 'only', movesRows: false }, 0),
  );
  await pass(ledger, '31 seconds');

  await finish(service, runId, undefined, () => poisoned(3));

  expect((await courseOf(ledger, runId)).slice(2)).toMatchObject([
    { message: 'Task failed', level: 'error', metadata: { task_name: 'only', error_code: 'WORKERS_DIED' } },
    {
      message: 'Job failed',
      level: 'error',
      epoch: expect.not.stringMatching(String(work.epoch)),
      metadata: { status: 'ERROR', error_code: 'WORKERS_DIED', error: expect.stringContaining('3 workers') },
    },
  ]);
});

test('a cancelled run and one that took too long say it', async ({ product, connect, runlog }) => {
  const made = await product({
    pipelines: [pipelineOf(idle, { overlap: { people: 'allow' }, key: ({ lane }) => lane, timeout: 60 })],
    weather: nothingArrives,
  });
  const ledger = await connect(runlog);
  const [cancelled, slow] = await Promise.all(
    ['a', 'b'].map((lane) => runOf(made.trigger({ pipeline: 'sample', params: { lane } }))),
  );
  await control(made, cancelled!, 'cancel', { why: 'enough' });
  await made.ended(cancelled!);
  await pass(ledger, '2 minutes');
  await made.ended(slow!);

  expect(await courseOf(ledger, cancelled!)).toMatchObject([
    { message: 'Job cancelled', level: 'warn', metadata: { status: 'CANCELLED', error: expect.any(String) } },
  ]);
  expect(await courseOf(ledger, slow!)).toMatchObject([
    { message: 'Job failed', level: 'error', metadata: { status: 'TIMEOUT', error_code: 'RUN_TIMEOUT' } },
  ]);
});

test('a day for whose lines there is no partition keeps no run from its end', async ({
  product,
  connect,
  runlog,
}) => {
  const { trigger, service } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const ledger = await connect(runlog);
  const runId = await runOf(trigger({ pipeline: 'sample' }));
  const { epoch } = await claimed(service, runId);
  await ledger.query(DROP_DAYS);

  await finish(service, runId, epoch, () => ({ status: 'ERROR', code: 'X', message: 'over' }));

  expect(await messagesOf(ledger, runId)).toEqual(['Job failed']);
});

test('the printed queries count what runs have said', async ({ product, connect, runlog }) => {
  const sample = pipelineOf(async function* ({ params, log }) {
    log.error('one bad row');
    yield {};
    if (params.fail) throw new Refusal('NO', 'never');
  });
  const { start } = await product({ pipelines: [sample] });
  const well = await start('sample');
  const ill = await start('sample', { fail: true });
  const ledger = await connect(runlog);
  // A busy machine, or the minute of a sweep, has something to say about itself too.
  await ledger.query('begin isolation level repeatable read');
  const ofSystem = await ledger.query("select from logs where type = 'system' and level = 'info'");

  const byType = await ledger.query('SELECT type, COUNT(*) \nFROM logs \nGROUP BY type;');
  const byLevel = await ledger.query(
    "SELECT level, COUNT(*) \nFROM logs \nWHERE timestamp > NOW() - INTERVAL '1 hour'\nGROUP BY level;",
  );
  const errorRate = await ledger.query(`SELECT 
  job_run_id,
  COUNT(CASE WHEN level = 'error' THEN 1 END) as errors,
  COUNT(*) as total_logs,
  (COUNT(CASE WHEN level = 'error' THEN 1 END)::float / COUNT(*)) * 100 as error_rate
FROM logs 
WHERE type IN ('job', 'task')
  AND timestamp > NOW() - INTERVAL '1 hour'
GROUP BY job_run_id
HAVING COUNT(CASE WHEN level = 'error' THEN 1 END) > 0;`);

  expect(Object.fromEntries(byType.rows.map(({ type, count }) => [type, count]))).toMatchObject({
    job: '4',
    task: '6',
  });
  expect(Object.fromEntries(byLevel.rows.map(({ level, count }) => [level, count]))).toMatchObject({
    info: String(6 + ofSystem.rowCount!),
    error: '4',
  });
  expect(errorRate.rows).toHaveLength(2);
  expect(errorRate.rows).toEqual(
    expect.arrayContaining([
      { job_run_id: well.run_id, errors: '1', total_logs: '5', error_rate: 20 },
      { job_run_id: ill.run_id, errors: '3', total_logs: '5', error_rate: 60 },
    ]),
  );
});
