import { expect } from 'vitest';
import { ingestSpec } from '../../../lib/ingest/check-spec.ts';
import { windowSql } from '../../../lib/ingest/window.ts';
import { test } from '../../setup/fixtures.ts';
import { spec } from './feed.ts';

const CIRCLE = 2n ** 32n;
const HALF = 2n ** 31n;

/** Rows whose transactions are chosen: a view may name a column as the system does. */
const FEED = `
  create table rows (id bigint, xid text);
  create view feed as
  select id, xid::xid as xmin, null as source, null as received_at, null as thing, null as value, null as shelf
    from rows`;

/** By ages: how many transactions before the newest one each of them lies; `wrap` is where ids begin anew. */
const cases = (
  wrap: bigint,
): { name: string; previous: bigint; horizon: bigint; settled: bigint[]; not: bigint[] }[] => [
  {
    name: 'in the first circle',
    previous: 200n,
    horizon: 100n,
    settled: [200n, 101n],
    not: [201n, 100n, 1n],
  },
  {
    name: 'across the wrap',
    previous: wrap + 500n,
    horizon: 100n,
    settled: [wrap + 500n, wrap + 1n, 101n],
    not: [wrap + 501n, 100n, 0n],
  },
  { name: 'of no length', previous: 50n, horizon: 50n, settled: [], not: [51n, 50n, 49n] },
  {
    name: 'beyond the ages that the server counts',
    previous: HALF + 1000n,
    horizon: 5n,
    settled: [HALF + 1000n, HALF, HALF - 1n, 6n],
    not: [HALF + 1001n, 5n, 0n],
  },
  { name: 'of more than a circle', previous: CIRCLE + 10n, horizon: 5n, settled: [6n, HALF, 5n], not: [] },
];

test('a window has the rows from its previous horizon up to before its own, wherever it lies on the circle', async ({
  empty,
  connect,
}) => {
  const client = await connect(empty);
  await client.query(FEED);
  const [{ now }] = (await client.query("select age('100'::xid) + 100 as now")).rows;
  for (const { name, previous, horizon, settled, not } of cases(BigInt(now))) {
    await client.query('truncate rows');
    // What the test itself writes are the newest transactions.
    const [{ newest }] = (
      await client.query('select (pg_current_xact_id()::text::numeric + 3)::text as newest')
    ).rows;
    const xids = [...settled, ...not].map((age) => String((CIRCLE + BigInt(newest) - age) % CIRCLE));
    await client.query(
      'insert into rows select id, xid from unnest($1::text[]) with ordinality as each (xid, id)',
      [xids],
    );
    await client.query('begin');
    const [{ at }] = (await client.query("select (age('100'::xid) + 100)::text as at")).rows;
    const moved = BigInt(at) - BigInt(newest);
    const counted = 2n * CIRCLE + BigInt(at);
    const window = {
      previousHorizon: String(counted - previous - moved),
      horizon: String(counted - horizon - moved),
      newest: String(counted),
      afterId: '0',
      lookBack: '',
    };

    const { rows } = await client.query(windowSql(ingestSpec(spec), window, 100));
    await client.query('commit');

    expect(
      rows.map((row) => Number(row.id)),
      name,
    ).toEqual(settled.map((_, i) => i + 1));
  }
});

test('the first window takes whatever is visible', async ({ empty, connect }) => {
  const client = await connect(empty);
  await client.query(FEED);
  await client.query(`insert into rows values (1, '3'), (2, '4000000000')`);
  const window = { previousHorizon: '0', horizon: '300', newest: '300', afterId: '0', lookBack: '' };

  expect((await client.query(windowSql(ingestSpec(spec), window, 100))).rows).toHaveLength(2);
});
