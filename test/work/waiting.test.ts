import { expect } from 'vitest';
import { commit, commitOne } from '../../lib/boundary.ts';
import { claim } from '../../lib/work/claim.ts';
import { endRun } from '../../lib/work/end.ts';
import { lockWaits } from '../setup/lock-waits.ts';
import { test } from '../setup/product.ts';
import { claimed, nothingArrives } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

/** Statements that meet a row which somebody else is writing wait, and go on from what he wrote. */
const held = test.extend('held', async ({ product, runlog, connect }) => {
  const made = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const id = await runOf(made.trigger({ pipeline: 'sample' }));
  const [other, eyes] = [await connect(runlog), await connect(runlog)];
  const somebodyWaits = () => expect.poll(() => lockWaits(eyes)).toBeGreaterThan(0);
  return { ...made, id, other, somebodyWaits };
});

held('a claim that waited for the work takes it as it is then', async ({ held }) => {
  const { service, id, other, somebodyWaits } = held;
  await other.query('begin');
  await other.query(`update run_work set blocked_why = 'written meanwhile' where run_id = $1`, [id]);

  const claiming = commitOne('claim', service.runlog, (db) => claim(db, id, 0));
  await somebodyWaits();
  await other.query('commit');

  expect(await claiming).toMatchObject({ run_id: id, blocked_why: 'written meanwhile' });
  const { rows } = await other.query(`select type from outbox where run_id = $1 and done_at is null`, [id]);
  expect(rows).toEqual([{ type: 'dev.kubescribe.run.started' }]);
});

held('a claim that waited for another takes nothing', async ({ held }) => {
  const { service, id, other, somebodyWaits } = held;
  await other.query('begin');
  await other.query(
    `update run_work set epoch = nextval('epochs'), lease_until = clock() + interval '30 seconds' where run_id = $1`,
    [id],
  );

  const claiming = commitOne('claim', service.runlog, (db) => claim(db, id, 0));
  await somebodyWaits();
  await other.query('commit');

  expect(await claiming).toBeUndefined();
  const { rows } = await other.query(`select type from outbox where run_id = $1 and done_at is null`, [id]);
  expect(rows).toEqual([{ type: 'dev.kubescribe.run.requested' }]);
});

held('an end that waited for the work keeps what was written meanwhile', async ({ held }) => {
  const { service, id, other, somebodyWaits, run } = held;
  const work = await claimed(service, id);
  await other.query('begin');
  await other.query(`update run_work set cancel_at = clock(), cancel_by = 'ann' where run_id = $1`, [id]);

  const ending = commit('end', service.runlog, (tx) => endRun(tx, work, { status: 'SUCCESS' }));
  await somebodyWaits();
  await other.query('commit');

  await ending;
  expect(await run(id)).toMatchObject({ status: 'SUCCESS', meta: { cancel: { by: 'ann' } } });
});

held('an end that waited while its epoch was taken writes nothing', async ({ held }) => {
  const { service, id, other, somebodyWaits, run } = held;
  const work = await claimed(service, id);
  await other.query(`insert into task_runs (run_id, name) values ($1, 'only')`, [id]);
  await other.query('begin');
  await other.query(`update run_work set epoch = nextval('epochs') where run_id = $1`, [id]);

  const ending = commit('end', service.runlog, (tx) => endRun(tx, work, { status: 'SUCCESS' }));
  ending.catch(() => {});
  await somebodyWaits();
  await other.query('commit');

  await expect(ending).rejects.toThrow('the lease was taken or released');
  expect(await run(id)).toMatchObject({ status: 'STARTED', tasks: [{ status: 'STARTED' }] });
});
