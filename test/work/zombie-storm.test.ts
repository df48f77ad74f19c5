import type { Client } from 'pg';
import { commit } from '../../lib/boundary.ts';
import type { Work } from '../../lib/db/tables.ts';
import type { Tx } from '../../lib/events/outbox.ts';
import type { Service } from '../../lib/http/service.ts';
import { FenceLost, openReport } from '../../lib/report/fence.ts';
import { demandEpoch, LeaseLost, markTouched, renew, renewEntered } from '../../lib/work/claim.ts';
import { endRun, takeForEnd } from '../../lib/work/end.ts';
import { leave } from '../../lib/work/leave.ts';
import { ship } from '../../lib/work/ship.ts';
import { finishTask, noteProgress, startTask } from '../../lib/work/task-runs.ts';
import { expect, test } from '../setup/product.ts';
import { control } from './control.ts';
import { asReporter, batchOf, claimed, entered, nothingArrives, pass, WRITTEN } from './hands-on.ts';
import { idle, type Params, pipelineOf, runOf } from './pipeline-of.ts';

const SECOND = 1000;
/** `make chaos` tries four times as many. */
const WRITES = Number(process.env.ZOMBIE_WRITES ?? 2500);
/** Writers of one zombie at a time. */
const AT_ONCE = 10;
const task = { name: 'only', movesRows: true };

/** Every write of which a worker is capable, by one whose epoch is over; what takes one statement is tried three times as often. */
function writesOf(service: Service, work: Work, taskRunId: string, session: Client) {
  const write = (writing: (tx: Tx) => Promise<unknown>) => () => commit('zombie', service.runlog, writing);
  const { run_id, epoch } = work;
  const short = {
    leave: write((tx) => leave(tx, work, { state: { from: 'a zombie' } })),
    renew: write((tx) => renew(tx, run_id, epoch)),
    enter: write((tx) => renewEntered(tx, run_id, epoch)),
    touch: write((tx) => markTouched(tx, run_id, epoch)),
    demand: write((tx) => demandEpoch(tx, run_id, epoch)),
  };
  const long = {
    start: write((tx) => startTask(tx, work, task, 0)),
    progress: write((tx) => noteProgress(tx, work, taskRunId, { done: -1 })),
    finish: write((tx) => finishTask(tx, work, taskRunId)),
    end: write((tx) => endRun(tx, work, { status: 'SUCCESS' })),
    batch: () => batchOf(session, work),
    ship: () => ship(service.runlog, session, work),
  };
  return [short, short, short, long].flatMap(Object.entries<() => Promise<unknown>>);
}

/** All that runs leave in RunLog and in the report. */
async function everything(ledger: Client, reports: Client): Promise<unknown> {
  const tables = [
    'run_log',
    'run_work',
    'task_runs',
    'batch_books',
    'outbox',
    'run_requests',
    'logs',
    'run_slices',
  ];
  const all = [];
  for (const table of tables) {
    const { rows } = await ledger.query(
      `select to_jsonb(t) as row from ${table} t order by to_jsonb(t)::text`,
    );
    all.push([table, rows]);
  }
  for (const table of ['written', 'kubescribe.commits', 'kubescribe.fence'])
    all.push([
      table,
      (await reports.query(`select to_jsonb(t) from ${table} t order by to_jsonb(t)::text`)).rows,
    ]);
  return all;
}

test('thousands of writes by zombies of a cancelled run and of one that was taken over: none is accepted', {
  timeout: 120 * SECOND,
}, async ({ product, runlog, report, connect, annotate }) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const lanes = pipelineOf(idle, {
    key: ({ lane }: Params) => lane,
    overlap: { slots: 'allow', people: 'allow' },
  });
  const made = await product({ pipelines: [lanes], weather: nothingArrives });
  const { service } = made;
  const begin = async (lane: string) => {
    const id = await runOf(made.trigger({ pipeline: 'sample', params: { lane } }));
    const work = await claimed(service, id);
    await commit('touch', service.runlog, (tx) => markTouched(tx, id, work.epoch));
    const session = await entered(report, work);
    await batchOf(session, work);
    await session.end();
    const { id: taskRunId } = await commit('task-start', service.runlog, (tx) =>
      startTask(tx, work, task, 0),
    );
    return { work, taskRunId };
  };
  const dead = [await begin('cancelled'), await begin('taken')] as const;
  await pass(ledger, '31 seconds');
  expect((await control(made, dead[0].work.run_id, 'cancel')).status).toBe(200);
  const successor = await claimed(service, dead[1].work.run_id);
  const now = await entered(report, successor);
  await batchOf(now, successor);
  // A zombie finds books to ship in either scope.
  await reports.query('update kubescribe.commits set shipped = false');
  const before = await everything(ledger, reports);

  const refused = new Map<string, number>();
  const accepted: string[] = [];
  let left = WRITES;
  const began = performance.now();
  const writers = dead.flatMap(({ work, taskRunId }) =>
    Array.from({ length: AT_ONCE }, async (_, i) => {
      const session = await openReport(asReporter(report), work.scope, work.epoch);
      const writes = writesOf(service, work, taskRunId, session);
      for (let n = i; left-- > 0; n++) {
        const [name, write] = writes[n % writes.length]!;
        const error = await write().then(
          () => undefined,
          (error: unknown) => error,
        );
        if (error instanceof LeaseLost || error instanceof FenceLost)
          refused.set(name, (refused.get(name) ?? 0) + 1);
        else accepted.push(`${name} of ${work.lane}: ${error}`);
      }
      await session.end();
    }),
  );
  await Promise.all(writers);
  await annotate(`${WRITES} writes in ${Math.round(performance.now() - began)} ms`);

  expect(new Set(accepted)).toEqual(new Set());
  expect([...refused.values()].reduce((sum, n) => sum + n)).toBe(WRITES);
  expect(Math.min(...refused.values())).toBeGreaterThan(WRITES / 50);
  expect(await everything(ledger, reports)).toEqual(before);
  for (const { work } of dead)
    expect(
      await commit('take', service.runlog, (tx) =>
        takeForEnd(tx, work.run_id, { epoch: work.epoch, next: 1 }),
      ),
    ).toBeUndefined();
  await ship(service.runlog, now, successor);
  await commit('end', service.runlog, (tx) => endRun(tx, successor, { status: 'SUCCESS' }));
  expect(await made.run(successor.run_id)).toMatchObject({ status: 'SUCCESS', meta: { written: 2 } });
  await now.end();
});
