import { setImmediate as turn } from 'node:timers/promises';
import type { Client } from 'pg';
import { commit } from '../../lib/boundary.ts';
import type { TaskBody } from '../../lib/pipeline/task.ts';
import { markTouched } from '../../lib/work/claim.ts';
import { endRun } from '../../lib/work/end.ts';
import { leave } from '../../lib/work/leave.ts';
import { startCutProxy } from '../chaos/cut-proxy.ts';
import { IN_TIME } from '../setup/in-time.ts';
import { expect, hasEnded, type Product, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { control } from './control.ts';
import { claimed, nothingArrives, pass, WRITTEN } from './hands-on.ts';
import { idle, type Params, pipelineOf, runOf, untilAborted, writeRow } from './pipeline-of.ts';

const SECOND = 1000;
/** What is promised for a worker that lives, while the report database answers. */
const PROMISE = 5 * SECOND;
const sample = { pipelines: [pipelineOf(idle)], weather: nothingArrives };

/** Says when a task is in the midst of what it does. */
const busy = (during: TaskBody<Params>) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const body: TaskBody<Params> = async function* (context) {
    yield {};
    resolve();
    yield* during(context);
  };
  return { pipelines: [pipelineOf(body)], begun: promise };
};

/** Cancels a run and waits for its end; tells how long that took. */
async function cancelled(made: Product, id: string): Promise<number> {
  const asked = performance.now();
  expect((await control(made, id, 'cancel', { why: 'enough' }, { 'x-forwarded-user': 'ada' })).status).toBe(
    202,
  );
  await until(async () => hasEnded((await made.run(id)).status));
  return performance.now() - asked;
}

/** Every number and text that a run may leave. */
async function traces(ledger: Client, reports: Client, id: string): Promise<unknown> {
  const { rows } = await ledger.query(
    `select (select to_jsonb(run) from run_log run where run_id = $1) as run,
            (select jsonb_agg(task order by position) from task_runs task where run_id = $1) as tasks,
            (select count(*) from logs where job_run_id = $1) as lines,
            (select jsonb_agg(books order by batch) from batch_books books where run_id = $1) as books,
            (select count(*) from outbox where run_id = $1) as events,
            (select count(*) from run_work where run_id = $1) as work`,
    [id],
  );
  const written = await reports.query(
    `select (select count(*) from written) as rows, (select count(*) from kubescribe.commits) as commits`,
  );
  return [rows, written.rows];
}

const deaf = new AbortController().signal;

test.for<[string, TaskBody<Params>]>([
  [
    'in a long statement of the report database',
    async function* ({ report }) {
      await report().query('select pg_sleep(25)');
      yield {};
    },
  ],
  [
    'in a batch',
    async function* ({ batch }) {
      await batch('written', async (client) => {
        await client.query('insert into written values (0)');
        await client.query('select pg_sleep(25)');
        return {};
      });
      yield {};
    },
  ],
  [
    'in a long statement of production',
    async function* ({ production }) {
      await (await production()).query('select pg_sleep(25)');
      yield {};
    },
  ],
  [
    'in one statement after another of production, whatever is cancelled',
    async function* ({ production }) {
      const source = await production();
      for (let refused = 0; refused < 1000; )
        await source.query('select pg_sleep(25)').catch(() => refused++);
      yield {};
    },
  ],
  [
    'in a call that heeds the signal',
    async function* ({ signal }) {
      await untilAborted(signal);
      yield {};
    },
  ],
  [
    'in a loop that lets others have their turn and asks the signal',
    async function* ({ signal }) {
      while (!signal.aborted) await turn();
      yield {};
    },
  ],
  [
    'in a loop of short steps',
    async function* (context) {
      for (;;) {
        await writeRow(context);
        yield {};
      }
    },
  ],
  [
    'in a call that heeds nothing',
    async function* () {
      await untilAborted(deaf);
      yield {};
    },
  ],
])(
  'a run that is cancelled %s is CANCELLED within 5 s',
  IN_TIME,
  async ([name, body], { product, runlog, report, prod, connect, annotate }) => {
    const [ledger, reports, source] = [await connect(runlog), await connect(report), await connect(prod)];
    await reports.query(WRITTEN);
    const { pipelines, begun } = busy(body);
    const made = await product({ pipelines });
    const id = await runOf(made.trigger({ pipeline: 'sample' }));
    await begun;

    const took = await cancelled(made, id);

    await annotate(`${name}: ${Math.round(took)} ms`);
    expect(took).toBeLessThan(PROMISE);
    expect(await made.run(id)).toMatchObject({
      status: 'CANCELLED',
      error_message: 'cancelled by ada: enough',
      meta: { cancel: { by: 'ada', why: 'enough' } },
      tasks: [{ status: 'CANCELLED' }],
    });
    const { rows: told } = await ledger.query(
      `select from outbox where run_id = $1 and type = 'dev.kubescribe.run.cancelled'`,
      [id],
    );
    expect(told).toHaveLength(1);
    // What the databases still did for it, they do no more.
    const ours = `select from pg_stat_activity where datname = current_database() and state <> 'idle'
                   and application_name ~ '^(ks:|kubescribe reader)'`;
    for (const client of [reports, source])
      await expect.poll(async () => (await client.query(ours)).rowCount, { timeout: 4 * SECOND }).toBe(0);
  },
);

test('a task that goes on after its run was cancelled writes nothing more, whatever it tries', async ({
  product,
  runlog,
  report,
  connect,
  onTestFinished,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  let [tries, over] = [0, false];
  onTestFinished(() => {
    over = true;
  });
  const { pipelines, begun } = busy(async function* (context) {
    const session = context.report();
    while (!over) {
      const attempts = [
        () => writeRow(context),
        () => session.query('insert into written values (0)'),
        () => context.report().query('insert into written values (0)'),
        async () => context.progress(tries, 9),
        async () => context.log.info(`line ${tries}`),
        () => context.production(),
        turn,
      ];
      for (const attempt of attempts) await (async () => attempt())().catch(() => {});
      tries++;
    }
    yield {};
  });
  const made = await product({ pipelines });
  const id = await runOf(made.trigger({ pipeline: 'sample' }));
  await begun;
  await cancelled(made, id);
  const left = await traces(ledger, reports, id);

  const before = tries;
  await until(() => tries > before + 2000);

  expect(await traces(ledger, reports, id)).toEqual(left);
});

test('a dead worker’s run that is flagged ends with the first sweep after its lease', async ({
  product,
  runlog,
  connect,
}) => {
  const made = await product(sample);
  const ledger = await connect(runlog);
  const id = await runOf(made.trigger({ pipeline: 'sample' }));
  await claimed(made.service, id);
  await pass(ledger, '10 seconds');
  expect((await control(made, id, 'cancel', { why: 'enough' })).status).toBe(202);
  await made.tick('minute');
  expect(await made.run(id)).toMatchObject({ status: 'STARTED' });
  await pass(ledger, '21 seconds');

  await made.tick('minute');

  expect(await made.run(id)).toMatchObject({ status: 'CANCELLED', meta: { cancel: { why: 'enough' } } });
});

test('while the report database is away a run that may have written stays STARTED and says why; then it ends', async ({
  product,
  runlog,
  report,
  connect,
  onTestFinished,
}) => {
  const ledger = await connect(runlog);
  const proxy = await startCutProxy(report);
  onTestFinished(proxy.stop);
  const made = await product({ ...sample, env: { REPORT_DB_URL: proxy.url } });
  const id = await runOf(made.trigger({ pipeline: 'sample' }));
  const work = await claimed(made.service, id);
  await commit('touch', made.service.runlog, (tx) => markTouched(tx, id, work.epoch));
  await commit('retry', made.service.runlog, (tx) => leave(tx, work, { state: {}, pause: 300 }));
  proxy.goAway();

  const answers = [await control(made, id, 'cancel', { why: 'enough' }), await control(made, id, 'cancel')];

  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  const blocked_why = expect.stringContaining('it cannot be ended');
  expect(await made.run(id)).toMatchObject({
    status: 'STARTED',
    work: { cancel_why: 'enough', blocked_why },
  });
  proxy.comeBack();
  await pass(ledger, '61 seconds');
  await made.tick('minute');
  expect(await made.run(id)).toMatchObject({ status: 'CANCELLED', meta: { cancel: { why: 'enough' } } });
});

test('a flag that comes while an attempt fails does not wait for the next one', async ({ product }) => {
  const made = await product(sample);
  const id = await runOf(made.trigger({ pipeline: 'sample' }));
  const work = await claimed(made.service, id);
  await control(made, id, 'cancel');

  await commit('retry', made.service.runlog, (tx) =>
    leave(tx, work, { state: {}, pause: 300, nextAttempt: true }),
  );

  expect(await made.run(id)).toMatchObject({ work: { wake_at: null, attempt: 2 } });
});

test('a run that sleeps until its next try is ended at once', async ({ product }) => {
  const made = await product(sample);
  const id = await runOf(made.trigger({ pipeline: 'sample' }));
  const work = await claimed(made.service, id);
  await commit('retry', made.service.runlog, (tx) =>
    leave(tx, work, { state: {}, pause: 300, nextAttempt: true }),
  );

  const response = await control(made, id, 'cancel');

  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ status: 'CANCELLED' });
});

test('an end and a cancel at once have one winner, which both tell', async ({ product, runlog, connect }) => {
  const made = await product(sample);
  const ledger = await connect(runlog);
  const outcomes = new Set<string>();
  for (let round = 0; round < 8; round++) {
    const id = await runOf(made.trigger({ pipeline: 'sample' }));
    const work = await claimed(made.service, id);
    const [answer] = await Promise.all([
      control(made, id, 'cancel'),
      commit('end', made.service.runlog, (tx) => endRun(tx, work, { status: 'SUCCESS' })),
    ]);
    // The end was the first, or came while the flag was there: what is done is done, and says that a cancel was asked for.
    const run = await made.run(id);
    expect(run).toMatchObject({ status: 'SUCCESS', ...(answer.status !== 409 && { meta: { cancel: {} } }) });
    outcomes.add(String(answer.status));
    const { rows } = await ledger.query(
      `select type from outbox where run_id = $1 and type ~ 'run[.](succeeded|cancelled)$'`,
      [id],
    );
    expect(rows).toEqual([{ type: 'dev.kubescribe.run.succeeded' }]);
  }
  expect(outcomes.size).toBeGreaterThan(0);
});

test('a cancel that meets the claim, the work or the end of a run ends it once', async ({
  product,
  runlog,
  connect,
}) => {
  const lanes = pipelineOf(idle, { key: ({ lane }) => lane, overlap: { slots: 'allow', people: 'allow' } });
  const made = await product({ pipelines: [lanes] });
  const ids = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const id = await runOf(made.trigger({ pipeline: 'sample', params: { lane: String(i) } }));
      expect([200, 202, 409]).toContain((await control(made, id, 'cancel')).status);
      return id;
    }),
  );

  for (const id of ids) expect(['CANCELLED', 'SUCCESS']).toContain((await made.ended(id)).status);
  const { rows } = await (await connect(runlog)).query(
    `select run_id from outbox where type ~ 'run[.](succeeded|cancelled)$' order by run_id`,
  );
  expect(rows.map(({ run_id }) => run_id)).toEqual([...ids].sort());
});
