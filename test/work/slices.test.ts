import { SLICE } from '../../lib/work/numbers.ts';
import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { WRITTEN } from './hands-on.ts';
import { pipelineOf, runOf, writeRow } from './pipeline-of.ts';
import { stopwatch } from './stopwatch.ts';

test('a run that is longer than a slice goes on from each checkpoint, and does nothing twice', async ({
  product,
  runlog,
  report,
  connect,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const { runAhead } = stopwatch();
  const fiveRows = pipelineOf(async function* (context) {
    for (let row = Number(context.state.row ?? 0); row < 5; row++) {
      await writeRow(context);
      runAhead(SLICE / 2);
      yield { row: row + 1 };
    }
  });
  const { trigger, ended } = await product({ pipelines: [fiveRows] });

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  expect((await reports.query('select from written')).rows).toHaveLength(5);
  const { rows } = await ledger.query(
    `select checkpoint from outbox where type ~ 'run.continue$' and done_at is not null order by checkpoint`,
  );
  expect(rows).toEqual([{ checkpoint: 1 }, { checkpoint: 2 }]);
});

test('a host that is asked to stop leaves its runs at a checkpoint, and another takes them up', async ({
  product,
  runlog,
  report,
  connect,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  let begun = () => {};
  const working = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow = pipelineOf(async function* (context) {
    for (let row = Number(context.state.row ?? 0); row < 20; row++) {
      await writeRow(context);
      if (row === 3) begun();
      yield { row: row + 1 };
    }
  });
  const first = await product({ pipelines: [slow] });
  const second = await product({ pipelines: [slow] });
  const id = await runOf(first.trigger({ pipeline: 'sample' }));
  await working;

  await first.service.drain(10_000);
  await until(() => first.broker.pending() === 0);
  const { rows } = await ledger.query('select checkpoint, lease_until, deaths from run_work');
  await ledger.query(`update outbox set sent_at = null where done_at is null`);

  expect(rows).toEqual([{ checkpoint: 1, lease_until: null, deaths: 0 }]);
  expect(await second.ended(id)).toMatchObject({ status: 'SUCCESS' });
  expect((await reports.query('select from written')).rows).toHaveLength(20);
});
