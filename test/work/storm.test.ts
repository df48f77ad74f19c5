import { chance } from '../chaos/chance.ts';
import { violations } from '../chaos/invariants.ts';
import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { pass, WRITTEN } from './hands-on.ts';
import { pipelineOf, runOf, writeRow } from './pipeline-of.ts';

const MINUTE = 60_000;
const SEED = 5;
const RUNS = 6;

test('runs asked for in a storm of lost, doubled and late events all end once, in order, with their rows', {
  timeout: MINUTE,
}, async ({ product, runlog, report, connect }) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const random = chance(SEED);
  const weather = () =>
    Array.from({ length: random.oneIn(5) ? 0 : random.between(1, 3) }, () => random.between(0, 80));
  const twoRows = pipelineOf(async function* (context) {
    for (let row = Number(context.state.row ?? 0); row < 2; row++) {
      await writeRow(context);
      yield { row: row + 1 };
    }
    if (context.params.fail && !context.state.failed) {
      yield { row: 2, failed: true };
      throw new Error('the first try fails on purpose');
    }
  });
  const { broker, trigger, tick } = await product({ pipelines: [twoRows], weather });
  const params = (i: number) => ({ fail: i % 2 === 0 });

  const ids = await Promise.all(
    Array.from({ length: RUNS }, (_, i) => runOf(trigger({ pipeline: 'sample', params: params(i) }))),
  );
  const open = async () => {
    if (broker.pending() === 0) {
      await pass(ledger, '31 seconds');
      await tick('minute');
    }
    const { rows } = await ledger.query(`select from run_requests where state in ('waiting', 'live')`);
    return rows.length;
  };
  await until(async () => (await open()) === 0);

  const runs = await ledger.query(`select run_id, status from run_log order by started_at`);
  expect(runs.rows.map((run) => run.status)).toEqual(ids.map(() => 'SUCCESS'));
  expect(runs.rows.map((run) => run.run_id).toSorted()).toEqual(ids.toSorted());
  expect((await reports.query('select from written')).rows).toHaveLength(2 * RUNS);
  const faults = await violations(ledger, reports);
  expect(faults.filter((fault) => !fault.startsWith('no event is left'))).toEqual([]);
});
