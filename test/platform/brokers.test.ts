import { SLICE } from '../../lib/work/numbers.ts';
import { expect, type Product, test } from '../setup/product.ts';
import { WRITTEN } from '../work/hands-on.ts';
import { pipelineOf, runOf, writeRow } from '../work/pipeline-of.ts';
import { stopwatch } from '../work/stopwatch.ts';
import { onPlatform } from './on-platform.ts';

const ROWS = 5;

/** Writes a row at a time and takes half a slice for each, as far as the stopwatch knows. */
function fiveRows() {
  const { runAhead } = stopwatch();
  return pipelineOf(async function* (context) {
    for (let row = Number(context.state.row ?? 0); row < ROWS; row++) {
      await writeRow(context);
      runAhead(SLICE / 2);
      yield { row: row + 1 };
    }
  });
}

test.for(['sync', 'async'] as const)(
  'a run of three slices goes its way on a Broker that is %s',
  async (kind, { product, runlog, report, connect }) => {
    const [ledger, reports] = [await connect(runlog), await connect(report)];
    await reports.query(WRITTEN);
    const made: Partial<Product> = {};
    const { sink, answers, dead } = await onPlatform(kind, () => made.service!);
    Object.assign(made, await product({ pipelines: [fiveRows()], env: { K_SINK: sink } }));

    const id = await runOf(made.trigger!({ pipeline: 'sample' }));

    await expect.poll(async () => (await made.run!(id)).status).toBe('SUCCESS');
    expect((await reports.query('select from written')).rows).toHaveLength(ROWS);
    await expect.poll(() => answers.filter((status) => status === 204)).toHaveLength(3);
    expect(dead).toEqual([]);
    const { rows } = await ledger.query('select checkpoint from run_slices order by epoch');
    expect(rows).toEqual([{ checkpoint: 0 }, { checkpoint: 1 }, { checkpoint: 2 }]);
  },
);

test.for(['sync', 'async'] as const)(
  'a sink that is cold: who asks is answered, and the run comes when the sink does (%s)',
  async (kind, { product }) => {
    const made: Partial<Product> = {};
    const warm = Promise.withResolvers<void>();
    const { sink, answers, dead } = await onPlatform(kind, async (_, nth) => {
      if (nth === 1) await warm.promise;
      // What an activator says of a pod that is not there yet.
      return nth <= 3 ? new Response(null, { status: [502, 503, 504][nth - 1]! }) : made.service!;
    });
    const idle = pipelineOf(async function* () {
      yield {};
    });
    Object.assign(made, await product({ pipelines: [idle], env: { K_SINK: sink } }));

    const asked = await made.trigger!({ pipeline: 'sample' });
    expect(asked.status).toBe(202);
    expect(answers).toEqual([]);
    warm.resolve();

    const id = await runOf(asked);
    await expect.poll(async () => (await made.run!(id)).status).toBe('SUCCESS');
    await expect.poll(() => answers).toEqual([502, 503, 504, 204]);
    expect(dead).toEqual([]);
  },
);
