import { expect, test } from 'vitest';
import { ident, literal, table } from '../../../lib/db/quote.ts';
import { firstSize, nextSize } from '../../../lib/ingest/batch-size.ts';
import { ingest } from '../../../lib/ingest/ingest.ts';
import type { Column, IngestOptions, Policy } from '../../../lib/ingest/spec.ts';
import { spec } from './feed.ts';

const { columns, from } = spec;
const value = (rule: object) => ({ columns: { ...columns, value: { type: 'numeric', ...rule } as Column } });

test.each<[Partial<IngestOptions>, string]>([
  [{ key: [] }, 'it needs a key'],
  [{ key: ['ting'] }, 'its key names "ting", which is none of its columns'],
  [{ columns: { ks_rank: { type: 'text' } }, key: ['ks_rank'] }, '"ks_rank": names that begin with ks_'],
  [{ batchRows: 0 }, 'batchRows must be a whole number above 0'],
  [value({ type: 'money' }), 'column "value": its type is one of text, bigint, numeric'],
  [value({ min: 2, max: 1 }), 'column "value": its min 2 lies above its max 1'],
  [value({ min: 'x' }), 'column "value": "x" is no numeric'],
  [value({ type: 'text', min: 1 }), 'min and max fit numbers, days and instants, not text'],
  [value({ type: 'date', max: '2026-13-01' }), '"2026-13-01" is no date'],
  [value({ type: 'bigint', whole: true }), '"whole" fits numeric, not bigint'],
  [value({ matches: 'x' }), '"matches" fits text, not numeric'],
  [value({ in: [] }), 'an empty "in" lets nothing pass'],
  [value({ in: ['a'] }), '"a" is no numeric'],
  [value({ from: 'thing' }), 'two columns are brought from "thing"'],
  [value({ stored: 'burn' }), '"stored" is one of keep, mask, hash, drop, not "burn"'],
  [{ rules: { mine: ' ' } }, 'rule "mine" needs SQL'],
  [{ unique: [['ting']] }, 'its "unique" names "ting"'],
  [{ about: { ts: 'when' } }, 'its "about" names "when"'],
  [{ from: { table: 'feed', id: 'id' } }, '"sources" says whom to trust, but no "from.source"'],
  [
    { onReject: { per: { 'rule.other': 'warn' } } },
    'onReject.per knows null.thing, rule.negative, cast.value, not',
  ],
  [{ onReject: { per: { 'null.thing': 'warn' } } }, 'a row without its key cannot be written'],
  [{ onReject: { policy: 'ignore' as Policy } }, 'onReject.policy is one of reject, warn'],
  [{ onReject: { most: 5 } }, 'onReject.most is a share from 0 to 1'],
  [{ contract: { added: 'drop' as 'freeze' } }, 'contract.added is one of evolve'],
])('an ingest that cannot work says why: %j', (change, why) => {
  expect(() => ingest({ ...spec, from, ...change })).toThrow('Task "things": ');
  expect(() => ingest({ ...spec, from, ...change })).toThrow(why);
});

test('a task is named by the table that it writes, unless it has a name', () => {
  const { name: _, ...unnamed } = spec;

  expect([ingest(unnamed).name, ingest(spec).name]).toEqual(['things', 'things']);
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
