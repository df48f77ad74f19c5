import { expect } from 'vitest';
import { ingestSpec } from '../../../lib/ingest/check-spec.ts';
import { windowSql } from '../../../lib/ingest/window.ts';
import { test } from '../../setup/fixtures.ts';
import { spec } from './feed.ts';

const CIRCLE = 2n ** 32n;

/** Rows whose transactions are chosen: a view may name a column as the system does. */
const FEED = `
  create table rows (id bigint, xid bigint);
  create view feed as
  select id, xid as xmin, null as source, null as received_at, null as thing, null as value, null as shelf from rows`;

const cases: { name: string; previous: bigint; horizon: bigint; settled: bigint[]; not: bigint[] }[] = [
  { name: 'in the first circle', previous: 100n, horizon: 200n, settled: [100n, 199n], not: [99n, 200n, 3n] },
  {
    name: 'across the wrap',
    previous: CIRCLE - 5n,
    horizon: CIRCLE + 10n,
    settled: [CIRCLE - 5n, CIRCLE - 1n, CIRCLE + 3n, CIRCLE + 9n],
    not: [CIRCLE - 6n, CIRCLE + 10n],
  },
  {
    name: 'circles later',
    previous: 7n * CIRCLE + 1000n,
    horizon: 7n * CIRCLE + 1001n,
    settled: [7n * CIRCLE + 1000n],
    not: [7n * CIRCLE + 999n, 7n * CIRCLE + 1001n],
  },
  { name: 'of no length', previous: 500n, horizon: 500n, settled: [], not: [499n, 500n, 501n] },
  {
    name: 'of more than a circle',
    previous: 500n,
    horizon: 500n + CIRCLE,
    settled: [500n, 501n, CIRCLE + 499n],
    not: [],
  },
  { name: 'the first', previous: 0n, horizon: 300n, settled: [3n, 299n, 4000n], not: [] },
];

test('a window has the rows from its previous horizon up to before its own, wherever it lies on the circle', async ({
  empty,
  connect,
}) => {
  const client = await connect(empty);
  await client.query(FEED);
  for (const { name, previous, horizon, settled, not } of cases) {
    const xids = [...settled, ...not].map((xid) => String(xid % CIRCLE));
    await client.query('truncate rows');
    await client.query(
      'insert into rows select id, xid from unnest($1::bigint[]) with ordinality as each (xid, id)',
      [xids],
    );
    const window = {
      sourceIdentity: '',
      previousHorizon: String(previous),
      horizon: String(horizon),
      afterId: '0',
    };

    const { rows } = await client.query(windowSql(ingestSpec(spec), window, 100));

    expect(
      rows.map((row) => Number(row.id)),
      name,
    ).toEqual(settled.map((_, i) => i + 1));
  }
});
