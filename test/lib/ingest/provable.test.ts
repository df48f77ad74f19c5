import * as fc from 'fast-check';
import { describe, expect, test as plain } from 'vitest';
import { isNull, provable } from '../../../lib/ingest/provable.ts';
import { test } from '../../setup/fixtures.ts';
import { valuesOf } from './nasty-values.ts';

/** A type; `make chaos` asks for many more. */
const VALUES = Number(process.env.PROVABLE_VALUES ?? 4000);
const SECOND = 1000;
const types = Object.keys(provable) as (keyof typeof provable)[];

const isProvable = (type: keyof typeof provable, text: string) => {
  const bytes = Buffer.from(text);
  return provable[type](bytes, 0, bytes.length);
};

test.for(types)(
  'a value that is provably %s is one for the database',
  { timeout: 60 * SECOND + VALUES },
  async (type, { prod, connect }) => {
    const client = await connect(prod);
    const values = fc.sample(valuesOf(type), VALUES);
    const proven = values.filter((text) => isProvable(type, text));

    const { rows } = await client.query(
      'select value from unnest($1::text[]) value where not pg_input_is_valid(value, $2)',
      [proven, type],
    );

    expect(rows).toEqual([]);
    expect(proven.length).toBeGreaterThan(VALUES / 100);
  },
);

describe('what databases write is proven', () => {
  plain.each([
    ['bigint', '0', '-9', '999999999999999999'],
    ['numeric', '0', '-1.50', '123456789012345678901234567890.5'],
    ['boolean', 't', 'f'],
    ['date', '2026-11-21', '2024-02-29', '0001-01-01'],
    ['timestamptz', '2026-11-21 14:00:00+00', '2026-11-21 14:00:00.123456-03:30', '1999-12-31T23:59:59Z'],
  ] as const)('%s', (type, ...values) => {
    expect(values.filter((text) => !isProvable(type, text))).toEqual([]);
  });
});

describe('what might be refused, or read as another thing tomorrow, is not proven', () => {
  plain.each([
    ['bigint', '', '+', '1.0', ' 1', '1 ', '9223372036854775808', '1_000', '0x10'],
    ['numeric', '', '.', '1.', '.5', 'NaN', 'Infinity', '1e5', '--1'],
    ['boolean', '', 'maybe', 'truely'],
    ['date', '2023-02-29', '1900-02-29', '0000-01-01', 'today', '2024-2-01'],
    [
      'timestamptz',
      'now',
      'epoch',
      '2026-11-21',
      '2026-11-21 24:00:00',
      '2026-11-21 14:00:60',
      '2026-11-21 14:00:00+16',
    ],
  ] as const)('%s', (type, ...values) => {
    expect(values.filter((text) => isProvable(type, text))).toEqual([]);
  });
});

plain('only the two bytes of COPY are its NULL', () => {
  const at = (text: string) => isNull(Buffer.from(text), 0, text.length);
  expect(['\\N', 'N', '\\', '\\n', '\\\\N', ''].map(at)).toEqual([true, false, false, false, false, false]);
});
