import { commit } from '../../lib/boundary.ts';
import { FenceLost, openReport } from '../../lib/report/fence.ts';
import { demandEpoch, LeaseLost, markTouched, renew } from '../../lib/work/claim.ts';
import { endRun } from '../../lib/work/end.ts';
import { leave } from '../../lib/work/leave.ts';
import { ship } from '../../lib/work/ship.ts';
import { finishTask, startTask } from '../../lib/work/task-runs.ts';
import { test as base, expect } from '../setup/product.ts';
import { asReporter, batchOf, claimed, entered, nothingArrives, pass, WRITTEN } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

/** A worker that was stopped beyond its lease, and the one that has the run now. */
const test = base.extend('workers', async ({ product, runlog, connect }) => {
  const { service, trigger, run } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const zombie = await claimed(service, id);
  await pass(await connect(runlog), '31 seconds');
  const successor = await claimed(service, id);
  return { service, id, run, zombie, successor };
});

test('a zombie can write nothing into RunLog', async ({ workers }) => {
  const { service, id, run, zombie } = workers;
  const { runlog } = service;
  const task = { name: 'only', movesRows: false };

  const tries = {
    renew: () => commit('renew', runlog, (tx) => renew(tx, id, zombie.epoch)),
    touch: () => commit('touch', runlog, (tx) => markTouched(tx, id, zombie.epoch)),
    checkpoint: () => commit('checkpoint', runlog, (tx) => leave(tx, zombie, { state: { from: 'zombie' } })),
    end: () => commit('end', runlog, (tx) => endRun(tx, zombie, { status: 'SUCCESS' })),
    start: () => commit('task-start', runlog, (tx) => startTask(tx, zombie, task, 0)),
    finish: () => commit('task-end', runlog, (tx) => finishTask(tx, zombie, id)),
    demand: () => commit('any', runlog, (tx) => demandEpoch(tx, id, zombie.epoch)),
  };

  for (const [name, attempt] of Object.entries(tries))
    await expect(attempt(), name).rejects.toThrow(LeaseLost);
  expect(await run(id)).toMatchObject({ status: 'STARTED', tasks: [], work: { checkpoint: 0 } });
});

test('a raise ends the session of the zombie, and the fence refuses a fresh one', async ({
  workers,
  report,
  connect,
}) => {
  const { zombie, successor } = workers;
  const sql = await connect(report);
  await sql.query(WRITTEN);
  const old = await entered(report, zombie);
  await old.query(`begin; select pg_advisory_xact_lock(1)`);
  const now = await entered(report, successor);

  const { rows: sessions } = await sql.query(
    `select application_name from pg_stat_activity where application_name ~ '^ks:' and datname = current_database()`,
  );
  expect(sessions).toEqual([{ application_name: expect.stringContaining(`ks:${successor.epoch}:`) }]);
  await expect(batchOf(old, zombie)).rejects.toThrow();
  const fresh = await openReport(asReporter(report), zombie.scope, zombie.epoch);
  await expect(batchOf(fresh, zombie)).rejects.toThrow(FenceLost);
  await batchOf(now, successor);

  expect((await sql.query('select run_id from kubescribe.commits')).rows).toHaveLength(1);
  await Promise.all([old.end().catch(() => {}), fresh.end(), now.end()]);
});

test('a zombie ships no books', async ({ workers, report, runlog, connect }) => {
  const { service, zombie, successor } = workers;
  await (await connect(report)).query(WRITTEN);
  const session = await entered(report, successor);
  await batchOf(session, successor);

  await expect(ship(service.runlog, session, zombie)).rejects.toThrow(LeaseLost);

  expect((await (await connect(runlog)).query('select from batch_books')).rows).toHaveLength(0);
  await session.end();
});
