import { expect } from 'vitest';
import { readEvidence } from '../../../lib/report/evidence.ts';
import { test } from '../../setup/fixtures.ts';

/** Rows of the evidence of a commit: how many characters their details have. */
const NOTE = `
  insert into kubescribe.evidence (commit_id, identity, class, symbol, detail)
  select 1, decode(lpad(n::text, 64, '0'), 'hex'), 'data_quality_errors', n, jsonb_build_object('error_detail', repeat('x', size))
    from unnest($1::int[]) with ordinality given (size, n)`;

test.for([
  [
    [10, 20, 30, 40, 50],
    ['{1,2,3}', '{4,5}'],
  ],
  [
    [3_000_000, 3_000_000, 3_000_000],
    ['{1,2}', '{3}'],
  ],
  [
    [5_000_000, 1, 5_000_000],
    ['{1}', '{2,3}', '{}'],
  ],
] as const)(
  'evidence of %s characters is read three at a time, or fewer where they are long',
  async ([sizes, parts], { report, connect }) => {
    const client = await connect(report);
    await client.query(NOTE, [sizes]);
    const batch = { commit_id: 1, run_id: '', task: '', batch: 1 };
    const read: unknown[] = [];

    for await (const part of readEvidence(client, [batch], 3)) read.push(part.seen.symbol);

    expect(read).toEqual(parts);
  },
);
