import type { Client } from 'pg';
import { openRunLog } from '../../../lib/db/connect.ts';
import { instantBefore, purge } from '../../../lib/upkeep/purge.ts';
import { expect, test } from '../../setup/product.ts';

const OLD = 3000;
const READS = 150;
/** What a person does not notice. */
const UNNOTICED = 200;

test('readers and writers wait no longer while old runs are deleted', { timeout: 120_000 }, async ({
  runlog,
  connect,
}) => {
  const client = await connect(runlog);
  await fill(client);
  const reader = await connect(runlog);
  // Who waits for a lock longer than that fails; how fast the machine is says nothing of the purge.
  await reader.query(`set lock_timeout = ${UNNOTICED}`);
  const control = await median(reader);
  const db = openRunLog(runlog, { name: 'test' });
  const stop = new AbortController();
  let gone = 0;

  const purging = purge({
    db,
    since: await instantBefore(db, '0'),
    purger: { by: 'tester', from: 'test' },
    only: ['runs'],
    signal: stop.signal,
    onStep: (step) => (gone += step.gone),
  });
  const meanwhile = await median(reader);
  const { left } = await purging;
  await db.destroy();

  expect(left).toBe(false);
  expect(gone).toBe(OLD - 1);
  expect(meanwhile).toBeLessThan(Math.max(UNNOTICED, 2 * control));
});

async function median(client: Client): Promise<number> {
  const times: number[] = [];
  for (let nth = 0; nth < READS; nth++) {
    const began = performance.now();
    await client.query('select * from run_log order by started_at desc, run_id desc limit 50');
    await client.query(`select * from run_requests where pipeline = 'sample' order by slot desc limit 20`);
    await client.query(
      `insert into run_requests (run_id, pipeline, kind, trigger, source, state, ended_at)
       values (gen_random_uuid(), 'sample', 'person', 'api', 'local', 'cancelled', clock())`,
    );
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[READS / 2]!;
}

async function fill(client: Client): Promise<void> {
  await client.query(`insert into pipelines (name) values ('sample')`);
  await client.query(
    `with logged as (
       insert into run_log (component, status, started_at, finished_at)
       select 'sample', 'SUCCESS', at, at
         from (select clock() - interval '130 days' - n * interval '1 minute' as at from generate_series(1, ${OLD}) n) old
       returning run_id, started_at),
     tasks as (insert into task_runs (run_id, name, status) select run_id, 'only', 'SUCCESS' from logged),
     slices as (
       insert into run_slices (run_id, epoch, attempt, checkpoint, queued_at)
       select run_id, 1, 1, 0, started_at from logged)
     insert into run_requests (run_id, pipeline, kind, slot, state, trigger, source, requested_at, ended_at)
     select run_id, 'sample', 'slot', started_at, 'ran', 'cron', 'local', started_at, started_at from logged`,
  );
  await client.query('analyze');
}
