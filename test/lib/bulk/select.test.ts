import { expect, onTestFinished } from 'vitest';
import { openRuns } from '../../../lib/bulk/select.ts';
import { openRunLog } from '../../../lib/db/connect.ts';
import { test } from '../../setup/fixtures.ts';
import { lockWaits } from '../../setup/lock-waits.ts';
import { until } from '../../setup/until.ts';

const RUN = '7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8aa';

test('a request that begins while open runs are looked for is meant once', async ({ runlog, connect }) => {
  const db = openRunLog(runlog, { name: 'chooser' });
  onTestFinished(() => db.destroy());
  const [trigger, look] = [await connect(runlog), await connect(runlog)];
  await trigger.query(`insert into pipelines (name) values ('p');
    insert into run_requests (run_id, pipeline, kind, state, trigger, source)
      values ('${RUN}', 'p', 'person', 'waiting', 'api', 'local')`);
  await trigger.query('begin; lock table run_log in access exclusive mode');

  const chosen = openRuns(db, {});
  await until(async () => (await lockWaits(look, `application_name = 'chooser'`)) === 1);
  await trigger.query(`update run_requests set state = 'live';
    insert into run_log (run_id, component) values ('${RUN}', 'p'); commit`);

  expect(await chosen).toEqual([{ run_id: RUN, pipeline: 'p' }]);
});
