import { planted, SCALES } from '../../local/demo/planted.ts';
import { createReportTables } from '../../local/demo/report-tables.ts';
import marketBars from '../../pipelines/market-bars.ts';
import { expect, test } from '../setup/product.ts';

const feed = planted(SCALES.tests);

test('a run brings the feed into the report, with its planted faults in exactly their numbers', async ({
  product,
  report,
}) => {
  await createReportTables(report);
  const { start } = await product({ pipelines: [marketBars] });

  const run = await start('market-bars');

  expect(run).toMatchObject({
    status: 'SUCCESS',
    error_message: null,
    meta: { read: feed.rows, rejected: feed.rejected, deduped: feed.deduped, written: feed.good },
  });
});
