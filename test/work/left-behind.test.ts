import type { TaskBody } from '../../lib/pipeline/task.ts';
import { IN_TIME } from '../setup/in-time.ts';
import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { oneRow, WRITTEN } from './hands-on.ts';
import { type Params, pipelineOf, runOf, writeRow } from './pipeline-of.ts';

const SECOND = 1000;
const CANCEL = `update run_work set cancel_at = clock(), cancel_why = 'the operator said so'`;
const SESSIONS = `select from pg_stat_activity
  where datname = current_database() and application_name ~ '^(ks:|kubescribe reader)'`;

/** A task that heeds no signal: it goes on only when the test lets it, and then says what became of it. */
function stubborn(goOn: (context: Parameters<TaskBody<Params>>[0], wait: Promise<void>) => Promise<unknown>) {
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const said = Promise.withResolvers<string>();
  const pipelines = [
    pipelineOf(async function* (context) {
      yield {};
      begun.resolve();
      await goOn(context, released.promise).then(
        () => said.resolve('it was let'),
        (error) => said.resolve(String(error)),
      );
    }),
  ];
  return { pipelines, begun: begun.promise, release: released.resolve, said: said.promise };
}

test(
  'a cancelled run ends within five seconds although its task heeds no signal, which writes nothing after',
  IN_TIME,
  async ({ product, runlog, report, prod, connect }) => {
    const [ledger, reports, source] = await Promise.all([runlog, report, prod].map(connect));
    await reports!.query(WRITTEN);
    const task = stubborn(async (context, wait) => {
      await context.production();
      await wait;
      await writeRow(context);
    });
    const { trigger, run } = await product(task);
    const id = await runOf(trigger({ pipeline: 'sample' }));
    await task.begun;

    const asked = performance.now();
    await ledger!.query(CANCEL);
    await until(async () => (await run(id)).status === 'CANCELLED');

    expect(performance.now() - asked).toBeLessThan(5 * SECOND);
    expect((await run(id)).logs).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringMatching(/left behind/) }),
    );
    await expect.poll(async () => (await reports!.query(SESSIONS)).rowCount).toBe(0);
    await expect.poll(async () => (await source!.query(SESSIONS)).rowCount).toBe(0);
    task.release();
    expect(await task.said).toMatch(/stopped: cancelled/);
    expect((await reports!.query('select from written')).rowCount).toBe(0);
  },
);

test('a batch in which a task is left behind commits nothing', async ({
  product,
  runlog,
  report,
  connect,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const task = stubborn((context, wait) =>
    context.batch('written', async (client, commitId) => {
      await oneRow(client, commitId);
      await wait;
      return {};
    }),
  );
  const { trigger, ended } = await product(task);
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await until(async () => (await reports.query(SESSIONS)).rowCount === 1);
  await task.begun;

  await ledger.query('update run_work set deadline = clock()');

  expect(await ended(id)).toMatchObject({ status: 'TIMEOUT', error_code: 'RUN_TIMEOUT' });
  task.release();
  expect(await task.said).toMatch(/closed|not queryable|terminated/i);
  expect((await reports.query('select from written')).rowCount).toBe(0);
});

test('what a task does beside itself after it is over is refused', async ({ product }) => {
  const told = Promise.withResolvers<string[]>();
  const over = Promise.withResolvers<void>();
  const forgetful = pipelineOf(async function* (context) {
    void over.promise.then(async () => {
      const refused = [() => context.production(), async () => context.report(), () => writeRow(context)];
      const answers = await Promise.allSettled(refused.map((ask) => ask()));
      told.resolve(
        answers.map((answer) => (answer.status === 'rejected' ? String(answer.reason) : 'it was let')),
      );
    });
    yield {};
  });
  const { start } = await product({ pipelines: [forgetful] });

  expect(await start('sample')).toMatchObject({ status: 'SUCCESS' });
  over.resolve();

  expect(await told.promise).toEqual(Array(3).fill(expect.stringContaining('The task is over')));
});
