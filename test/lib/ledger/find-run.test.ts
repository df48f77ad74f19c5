import { expect, onTestFinished } from 'vitest';
import { openRunLog } from '../../../lib/db/connect.ts';
import { findRun } from '../../../lib/ledger/find-run.ts';
import { test } from '../../setup/fixtures.ts';
import { until } from '../../setup/until.ts';

const RUN = '7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8aa';

test('a run is told as of one moment: no end of it beside a task that goes on', async ({
  runlog,
  connect,
}) => {
  const db = openRunLog(runlog, { name: 'reader' });
  onTestFinished(() => db.destroy());
  const [worker, look] = [await connect(runlog), await connect(runlog)];
  await worker.query(`insert into run_log (run_id, component) values ('${RUN}', 'c')`);
  await worker.query(`insert into task_runs (run_id, name) values ('${RUN}', 'only')`);
  await worker.query('begin; lock table run_log in access exclusive mode');

  const reading = findRun(db, RUN);
  await until(async () => {
    const { rows } = await look.query(
      `select wait_event_type as waits from pg_stat_activity
        where datname = current_database() and application_name = 'reader' and state = 'active'`,
    );
    return rows.length === 1 && rows[0].waits === 'Lock';
  });
  await worker.query(`update task_runs set status = 'SUCCESS', finished_at = clock();
                      update run_log set status = 'SUCCESS', finished_at = clock(); commit`);

  const run = await reading;
  expect([run?.status, run?.tasks.map(({ status }) => status)]).toEqual(['STARTED', ['STARTED']]);
});
