import * as fc from 'fast-check';
import { expect } from 'vitest';
import { ingestSpec } from '../../../lib/ingest/check-spec.ts';
import { proofsOf } from '../../../lib/ingest/proof.ts';
import { rulesOf } from '../../../lib/ingest/rule-sql.ts';
import type { Column } from '../../../lib/ingest/spec.ts';
import { test } from '../../setup/fixtures.ts';
import { valuesOf } from './nasty-values.ts';

const VALUES = 3000;

const specOf = (column: Column) =>
  ingestSpec({
    from: { table: 'a', id: 'id' },
    columns: { id: { type: 'bigint' }, value: column },
    key: ['id'],
    into: 'b',
  });

const near = (bound: string) =>
  fc
    .tuple(
      fc.constantFrom('', '-', '+'),
      fc.constantFrom('', '0', '00'),
      fc.constantFrom('', '.0', '.00000001', '.9', '9'),
    )
    .map(([sign, zeros, tail]) => `${sign}${zeros}${bound.replace(/^[+-]/, '')}${tail}`);

const columns: Column[] = [
  { type: 'numeric', min: 0 },
  { type: 'numeric', min: 0, max: '9223372036854775807', whole: true },
  { type: 'numeric', min: '0.1', max: '0.30000000000000004' },
  { type: 'numeric', min: '-12345678901234567.5', max: 99999.999 },
  { type: 'bigint', min: -5, max: '999999999999999999' },
  { type: 'bigint', max: 9007199254740991, required: true },
  { type: 'text', required: true },
  { type: 'timestamptz', min: '2020-01-01', required: true },
];

test.for(columns)('what the bytes prove of %o the rules agree with', async (column, { prod, connect }) => {
  const client = await connect(prod);
  const spec = specOf(column);
  const { holds, rules } = proofsOf(spec).value!;
  const bounds = [column.min, column.max].filter((bound) => bound !== undefined).map(String);
  const values = [
    ...fc.sample(valuesOf(column.type), VALUES),
    ...bounds.flatMap((bound) => [bound, ...fc.sample(near(bound), 300)]),
  ];
  const proven = [...new Set(values)].filter((text) => {
    const bytes = Buffer.from(text);
    return holds(bytes, 0, bytes.length) && text !== '\\N' && !text.includes('\0');
  });
  const broken = rulesOf(spec).filter(({ name }) => rules.includes(name));

  const { rows } = await client.query(
    `select given from (select given, given::${column.type} as value from unnest($1::text[]) given) typed
      where ${broken.map(({ sql }) => `(${sql})`).join(' or ')}`,
    [proven],
  );

  expect(broken.map(({ name }) => name).sort()).toEqual(rules.toSorted());
  expect(rows).toEqual([]);
  expect(proven.length).toBeGreaterThan(10);
});

test('the NULL of COPY is proven where a value may be missing, and only there', () => {
  const isProven = (column: Column) => proofsOf(specOf(column)).value!.holds(Buffer.from('\\N'), 0, 2);

  expect([
    isProven({ type: 'numeric', min: 0, whole: true }),
    isProven({ type: 'text' }),
    isProven({ type: 'numeric', min: 0, required: true }),
    isProven({ type: 'text', required: true }),
  ]).toEqual([true, true, false, false]);
});
