/** What a row is about: the two columns by which evidence is found. */
import { ident } from '../db/quote.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { storedAs, storedText } from './stored.ts';

const INSTANTS: readonly string[] = ['timestamptz', 'date'];

/** The columns that stand for `symbol` and `ts`: those named, else of the key the ones so called, its first text, its first time. */
export function aboutOf({ about = {}, key, columns }: IngestSpec): {
  symbol: string | undefined;
  ts: string | undefined;
} {
  const named = (name: string, types: readonly string[]) =>
    key.find((column) => column === name && types.includes(columns[column]?.type ?? '')) ??
    key.find((column) => types.includes(columns[column]?.type ?? ''));
  return { symbol: about.symbol ?? named('symbol', ['text']), ts: about.ts ?? named('ts', INSTANTS) };
}

/** `symbol` and `ts` of a typed row, as SQL. */
export function aboutTyped(spec: IngestSpec, of: string): string {
  const { symbol, ts } = aboutOf(spec);
  const text = symbol && storedText(storedAs(spec, symbol), `${of}.${ident(symbol)}::text`);
  const instant = ts && isShown(spec, ts) && `${of}.${ident(ts)}::timestamptz`;
  return `${text ?? 'null::text'} as symbol, ${instant || 'null::timestamptz'} as ts`;
}

/** The same of a row of texts, whose time may be unreadable. */
export function aboutGiven(spec: IngestSpec, of: string): string {
  const { symbol, ts } = aboutOf(spec);
  const text = symbol && storedText(storedAs(spec, symbol), `${of}.${ident(symbol)}`);
  const raw = ts && `${of}.${ident(ts)}`;
  const instant =
    ts &&
    isShown(spec, ts) &&
    `case when pg_input_is_valid(${raw}, 'timestamptz') then ${raw}::timestamptz end`;
  return `${text ?? 'null::text'} as symbol, ${instant || 'null::timestamptz'} as ts`;
}

const isShown = (spec: IngestSpec, ts: string) =>
  storedAs(spec, ts) === 'keep' && INSTANTS.includes(spec.columns[ts]?.type ?? '');
