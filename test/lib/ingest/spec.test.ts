import { expect, test } from 'vitest';
import { ident, literal, table } from '../../../lib/db/quote.ts';
import { firstSize, nextSize } from '../../../lib/ingest/batch-size.ts';
import { things } from './feed.ts';

test('an ingest that cannot work says why', () => {
  expect(() => things({ key: [] })).toThrow('Task "things": it needs a key.');
  expect(() => things({ key: ['ting'] })).toThrow('its key names "ting", which is none of its columns');
  expect(() => things({ columns: { ks_rank: { type: 'text' } }, key: ['ks_rank'] })).toThrow(
    '"ks_rank": names that begin with ks_',
  );
  expect(() => things({ batchRows: 0 })).toThrow('batchRows must be a whole number above 0');
});

test('names and literals are quoted; a dot parts a table from its schema alone', () => {
  expect(ident('a "b".c')).toBe('"a ""b"".c"');
  expect(table('Some.Table')).toBe('"Some"."Table"');
  expect(literal(`it's \\`)).toBe(`'it''s \\'`);
});

test('batches halve after an overrun, double when they are quick, and keep to their bounds', () => {
  expect(nextSize(10_000, 6000)).toBe(5000);
  expect(nextSize(10_000, 3000)).toBe(10_000);
  expect(nextSize(10_000, 1000)).toBe(20_000);
  expect(nextSize(1500, 60_000)).toBe(1000);
  expect(nextSize(150_000, 10)).toBe(200_000);
  expect([firstSize(7), nextSize(7, 10, 7), nextSize(7, 60_000, 7)]).toEqual([7, 7, 7]);
});
