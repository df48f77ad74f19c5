/** Values as a report holds them: how they are shown, and which are the same. */
import { shownAs, type Type } from './words.ts';

/** A decimal number as digits × 10^-scale, or none of the kind. */
type Decimal = { digits: bigint; scale: number } | 'NaN' | 'Infinity' | '-Infinity';

type Value = {
  /** As the database shows it, byte for byte. */
  shown: string;
  /** Alike for values that are equal. */
  same: string;
};

/** A cell: null, a value, or unreadable. */
export type Read = { is: 'null' } | { is: 'bad' } | { is: 'value'; value: Value };

/** Reads a source's text as a type. */
export function read(type: Type, text: string | null): Read {
  if (text === null) return { is: 'null' };
  const shown = shownAs(type, text);
  if (shown === undefined) return { is: 'bad' };
  return { is: 'value', value: { shown, same: type === 'numeric' ? normal(shown) : shown } };
}

/** A shown numeric as exact digits. */
function decimal(shown: string): Decimal {
  if (shown === 'NaN' || shown === 'Infinity' || shown === '-Infinity') return shown;
  const [whole = '', part = ''] = shown.split('.');
  return { digits: BigInt(whole + part), scale: part.length };
}

/** Without the zeros that change nothing. */
function normal(shown: string): string {
  return shown.includes('.') ? shown.replace(/\.?0+$/, '').replace(/^-0$/, '0') : shown;
}

/** The sum, as the database adds: NaN wins, both infinities make NaN. */
export function sum(values: readonly string[]): string {
  const all = values.map(decimal);
  const has = (what: Decimal) => all.includes(what);
  if (has('NaN') || (has('Infinity') && has('-Infinity'))) return 'NaN';
  if (has('Infinity')) return 'Infinity';
  if (has('-Infinity')) return '-Infinity';
  const numbers = all.filter((each) => typeof each !== 'string');
  const scale = Math.max(0, ...numbers.map((each) => each.scale));
  const digits = numbers.reduce((total, each) => total + each.digits * 10n ** BigInt(scale - each.scale), 0n);
  return normal(show(digits, scale));
}

function show(digits: bigint, scale: number): string {
  if (scale === 0) return String(digits);
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

/** The order of numerics: NaN is above everything. */
export function compare(one: string, other: string): number {
  const [a, b] = [decimal(one), decimal(other)];
  const [atA, atB] = [placeOf(a), placeOf(b)];
  if (atA !== atB || typeof a === 'string' || typeof b === 'string') return atA - atB;
  const scale = Math.max(a.scale, b.scale);
  const difference = a.digits * 10n ** BigInt(scale - a.scale) - b.digits * 10n ** BigInt(scale - b.scale);
  return difference < 0n ? -1 : Number(difference > 0n);
}

const placeOf = (value: Decimal) =>
  typeof value === 'string' ? ['-Infinity', '', 'Infinity', 'NaN'].indexOf(value) : 1;

/** Has digits other than zero behind its point. */
export const isFractional = (shown: string) => normal(shown).includes('.');
