import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { pass } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

test('a fence that a restored RunLog has forgotten is passed by lifting the epochs', async ({
  product,
  runlog,
  report,
  connect,
}) => {
  const ledger = await connect(runlog);
  await (await connect(report)).query(`insert into kubescribe.fence values ('sample', 250000)`);
  const { broker, trigger, run, tick } = await product({ pipelines: [pipelineOf(idle)] });

  const id = await runOf(trigger({ pipeline: 'sample' }));
  const moveOn = async () => {
    if (broker.pending() === 0) {
      await pass(ledger, '11 seconds');
      await tick('minute');
    }
    return (await run(id)).status;
  };

  await until(async () => (await moveOn()) === 'SUCCESS');
  const { rows } = await (await connect(report)).query('select epoch::int from kubescribe.fence');
  expect(rows[0].epoch).toBeGreaterThan(250_000);
});
