/** How the values of rows may be kept as evidence, as SQL: as they are, as asterisks, as a hash, or not at all. */
import { ident, literal } from '../db/quote.ts';
import type { IngestSpec } from '../ingest/spec.ts';

/** Characters of a text that are kept; its identity is that of the whole. */
const LONGEST = 1000;
/** A function of PostgreSQL takes 100 arguments, a pair is two. */
const PAIRS = 50;

export type Stored = 'keep' | 'mask' | 'hash' | 'drop';

/** What a column's policy says. */
export const storedAs = (spec: IngestSpec, column: string | undefined): Stored =>
  (column === undefined ? undefined : spec.columns[column]?.stored) ?? 'keep';

/** A text as its policy lets it be kept: a text, or null. */
export function storedText(as: Stored, text: string): string {
  if (as === 'keep') return `left(${text}, ${LONGEST})`;
  if (as === 'mask') return `case when ${text} is not null then '***' end`;
  return as === 'hash' ? hashed(text) : 'null::text';
}

const hashed = (text: string) => `'sha256:' || encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;

/** A row's columns as one object: numbers as numbers, what is dropped left out. `of` is the row's alias. */
export function sampleSql(spec: IngestSpec, of: string): string {
  const pairs = Object.keys(spec.columns)
    .filter((name) => storedAs(spec, name) !== 'drop')
    .map((name) => `${literal(name)}, ${sampleOf(spec, name, `${of}.${ident(name)}`)}`);
  return joined(pairs, 'jsonb_build_object', `'{}'::jsonb`);
}

function sampleOf(spec: IngestSpec, name: string, value: string): string {
  const as = storedAs(spec, name);
  return as === 'keep' && spec.columns[name]?.type !== 'text' ? value : storedText(as, `${value}::text`);
}

/**
 * Values that make one thing another, as an array of texts: each by its one canonical text, of a column that is not kept
 * only what is kept of it.
 */
export function valuesSql(spec: IngestSpec, columns: readonly string[], of: string): string {
  const texts = columns.map((name) => storedForIdentity(spec, name, `${of}.${ident(name)}`));
  return joined(texts, 'jsonb_build_array', `'[]'::jsonb`);
}

function storedForIdentity(spec: IngestSpec, name: string, value: string): string {
  const text = spec.columns[name]?.type === 'numeric' ? `trim_scale(${value})::text` : `${value}::text`;
  const as = storedAs(spec, name);
  // A key tells things apart even where it is not shown.
  if (spec.key.includes(name)) return as === 'keep' ? text : hashed(text);
  return as === 'keep' ? text : storedText(as, text);
}

function joined(parts: readonly string[], by: string, none: string): string {
  const calls: string[] = [];
  for (let i = 0; i < parts.length; i += PAIRS) calls.push(`${by}(${parts.slice(i, i + PAIRS).join(', ')})`);
  return calls.length === 0 ? none : `(${calls.join(' || ')})`;
}

/** The hash of parts that are SQL of texts, numbers or arrays. */
export const identitySql = (parts: readonly string[]): string =>
  `sha256(convert_to(jsonb_build_array(${parts.join(', ')})::text, 'UTF8'))`;
