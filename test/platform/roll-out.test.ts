import { SLICE } from '../../lib/work/numbers.ts';
import { expect, type Product, test } from '../setup/product.ts';
import { pass, WRITTEN } from '../work/hands-on.ts';
import { pipelineOf, runOf, writeRow } from '../work/pipeline-of.ts';
import { stopwatch } from '../work/stopwatch.ts';
import { onPlatform } from './on-platform.ts';

const ROWS = 8;

test('a roll-out during a run: old and new code take its slices in turn, and nothing is done twice', async ({
  product,
  runlog,
  report,
  connect,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const { runAhead } = stopwatch();
  const slow = pipelineOf(async function* (context) {
    for (let row = Number(context.state.row ?? 0); row < ROWS; row++) {
      await writeRow(context);
      runAhead(SLICE / 2);
      yield { row: row + 1 };
    }
  });
  const made: Partial<Record<'before' | 'after', Product>> = {};
  const { sink, dead } = await onPlatform('async', (_, nth) =>
    nth % 2 === 1 ? made.before!.service : made.after!.service,
  );
  const revision = (K_REVISION: string, KUBESCRIBE_CODE: string) =>
    product({ pipelines: [slow], env: { K_SINK: sink, K_REVISION, KUBESCRIBE_CODE } });
  made.before = await revision('run-pipeline-00001', 'c0de01d');
  made.after = await revision('run-pipeline-00002', 'c0de4e3');

  const id = await runOf(made.before.trigger({ pipeline: 'sample' }));

  await expect.poll(async () => (await made.after!.run(id)).status).toBe('SUCCESS');
  expect((await reports.query('select from written')).rows).toHaveLength(ROWS);
  const { rows } = await ledger.query('select distinct revision, code from run_slices order by revision');
  expect(rows).toEqual([
    { revision: 'run-pipeline-00001', code: 'c0de01d' },
    { revision: 'run-pipeline-00002', code: 'c0de4e3' },
  ]);
  expect(dead).toEqual([]);
});

test('scale to zero while a run waits: nobody is there, and the tick that ends its pause brings somebody', async ({
  product,
  runlog,
  report,
  connect,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  let tries = 0;
  const failing = pipelineOf(
    async function* (context) {
      if (++tries === 1) throw new Error('not yet');
      await writeRow(context);
      yield {};
    },
    { retry: { attempts: 2, backoff: 3600, longest: 3600 }, timeout: 4 * 3600 },
  );
  const first = await product({ pipelines: [failing] });
  const id = await runOf(first.trigger({ pipeline: 'sample' }));
  const asleep = 'select from run_work where wake_at is not null and lease_until is null';
  await expect.poll(async () => (await ledger.query(asleep)).rowCount).toBe(1);

  await first.service.drain(10_000);
  await pass(ledger, '1 hour 1 second');
  const woken = await product({ pipelines: [failing] });
  await woken.tick('minute');

  expect(await woken.ended(id)).toMatchObject({ status: 'SUCCESS', meta: { attempts: 2 } });
  expect((await reports.query('select from written')).rows).toHaveLength(1);
});
