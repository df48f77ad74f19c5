/** Rules of datasets: as the engine is told them, and as plain functions for the oracle. */
import { compare, isFractional, type Read } from './value.ts';

export type ColumnName = 'key_t' | 'key_n' | 'key_s' | 'n' | 'i' | 'b' | 'd' | 'w' | 'x';
export type Cells = Partial<Record<ColumnName, Read>>;

/** A rule that a column declares, or (without `option`) one in SQL. */
export type Rule = {
  /** As books and evidence name it. */
  name: string;
  /** Columns that it speaks of. */
  of: ColumnName[];
  option?: object;
  sql?: string;
  isBad(cells: Cells): boolean;
};

/** A rule over one value; what is null or unreadable breaks none. */
const over =
  (of: ColumnName, isBad: (shown: string) => boolean) =>
  (cells: Cells): boolean => {
    const cell = cells[of];
    return cell?.is === 'value' && isBad(cell.value.shown);
  };

const declared = (kind: string, of: ColumnName, option: object, isBad: (shown: string) => boolean): Rule => ({
  name: `${kind}.${of}`,
  of: [of],
  option,
  isBad: over(of, isBad),
});

const custom = (name: string, of: ColumnName, sql: string, isBad: (shown: string) => boolean): Rule => ({
  name: `rule.${name}`,
  of: [of],
  sql,
  isBad: over(of, isBad),
});

/** Null or unreadable. */
export const absent = (of: ColumnName): Rule => ({
  name: `null.${of}`,
  of: [of],
  option: { required: true },
  isBad: (cells) => cells[of]?.is !== 'value',
});

/** What the table that values may have to be in holds. */
export const KNOWN = ['p', 'a', 'ab c', 'q', '\\N'];

const isOutside = (least: string, most: string) => (shown: string) =>
  compare(shown, least) < 0 || compare(shown, most) > 0;
const isNone = (words: string[]) => (shown: string) => !words.includes(shown);

/** What a row may be told to be, in the order in which the rules of a column are asked. */
export const rules: readonly Rule[] = [
  absent('n'),
  declared('range', 'n', { min: 0, max: '100' }, isOutside('0', '100')),
  declared('fractional', 'n', { whole: true }, isFractional),
  declared('range', 'i', { min: -1 }, (shown) => compare(shown, '-1') < 0),
  declared('oneof', 'i', { in: [1, 3, 5, 7, 1000] }, isNone(['1', '3', '5', '7', '1000'])),
  absent('b'),
  declared('range', 'd', { min: '1999-01-08', max: '2026-01-17' }, isOutsideDays),
  absent('w'),
  absent('x'),
  declared('regex', 'x', { matches: '^[a-z ]*$' }, (shown) => !/^[a-z ]*$/.test(shown)),
  declared(
    'oneof',
    'x',
    { in: ['a', 'p', '', 'it\'s "quoted"', 'ab c'] },
    isNone(['a', 'p', '', 'it\'s "quoted"', 'ab c']),
  ),
  declared('foreign', 'x', { references: 'known' }, isNone(KNOWN)),
  declared('foreign', 'key_t', { references: 'known' }, isNone(KNOWN)),
  custom('odd', 'i', 'i % 2 <> 0', (shown) => /[13579]$/.test(shown)),
  custom("it's untrue", 'b', 'not b', (shown) => shown === 'false'),
  custom('endless', 'd', 'not isfinite(d)', (shown) => shown.endsWith('infinity')),
  custom('long', 'x', 'length(x) > 3', (shown) => [...shown].length > 3),
  {
    name: 'rule.i above n',
    of: ['i', 'n'],
    sql: 'i > n',
    isBad: ({ i, n }) => i?.is === 'value' && n?.is === 'value' && compare(i.value.shown, n.value.shown) > 0,
  },
];

/** Days are written year first; only the endless and those long ago are not compared as texts. */
function isOutsideDays(shown: string): boolean {
  if (shown === 'infinity' || shown === '99999-01-01') return true;
  if (shown === '-infinity' || shown.endsWith('BC')) return true;
  return shown < '1999-01-08' || shown > '2026-01-17';
}
