import { expect } from 'vitest';
import { arrive, startArrivals } from '../../../local/demo/arrivals.ts';
import { test } from '../../setup/fixtures.ts';
import { until } from '../../setup/until.ts';

const NEW = `select symbol, ts, close, source from market_bars_raw where received_at > now() - interval '1 hour' order by id`;

test('a beat adds the bar of the last full minute, once', async ({ prod, connect }) => {
  const client = await connect(prod);
  await client.query('begin');

  await arrive(client, 0);
  await arrive(client, 0);

  const { rows } = await client.query(
    `select * from (${NEW}) new where ts::timestamptz = date_trunc('minute', now()) - interval '1 minute'`,
  );
  expect(rows).toMatchObject([{ symbol: 'AAPL', close: expect.stringMatching(/^\d+\.\d\d$/) }]);
});

test('some beats bring faults', async ({ prod, connect }) => {
  const client = await connect(prod);
  await client.query('begin');

  for (const beat of [13, 22, 31]) await arrive(client, beat);

  const { rows } = await client.query(NEW);
  expect(rows).toMatchObject([
    { symbol: 'MSFT', close: 'n/a' },
    { symbol: 'TSLA', source: 'primary' },
    { symbol: 'TSLA', source: 'primary' },
    { symbol: 'AMZN', source: 'primary' },
    { symbol: 'AMZN', source: 'vendor_b' },
  ]);
});

test('each symbol gets its bar until the arrivals are stopped', async ({ prod, connect }) => {
  const client = await connect(prod);
  const arrivals = startArrivals(prod, { beat: 5 });

  await until(async () => (await client.query(NEW)).rows.length >= 12);
  await arrivals.stop();
});
