/** Evidence of the same key: what else was said of a row, and why it was not taken. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { type LogClassName, logClasses } from '../operations/classes.ts';
import { shownLog } from '../operations/shown.ts';

const MOST = 20;
/** Rows of the symbol, or else of the pipeline, that are looked at. */
const LOOKED_AT = 5000;

/** Where a class keeps the values of the row that it is about. */
const ROW_OF: Partial<Record<LogClassName, string>> = {
  data_quality_errors: 'sample',
  dedup_conflicts: 'incoming_row',
  authority_conflicts: 'row_a',
  cast_errors: '',
  upsert_failures: 'sample',
};

export type Sibling = Record<string, unknown> & { class: string };

/** The newest of each class; `key` as JSON has it. */
export async function findSiblings(
  db: Db,
  spec: IngestSpec,
  pipelines: readonly string[],
  key: Readonly<Record<string, unknown>>,
): Promise<Sibling[]> {
  const found = await Promise.all(
    (Object.keys(ROW_OF) as LogClassName[]).map((name) => findIn(db, name, spec, pipelines, key)),
  );
  return found.flat();
}

async function findIn(
  db: Db,
  name: LogClassName,
  spec: IngestSpec,
  pipelines: readonly string[],
  key: Readonly<Record<string, unknown>>,
): Promise<Sibling[]> {
  const { symbol, ts } = aboutOf(spec);
  const row = ROW_OF[name];
  // A class that keeps no row tells of a key by these alone.
  if (!row && (symbol === undefined || !(symbol in key))) return [];
  const narrow = symbol !== undefined && symbol in key ? sql`log.symbol = ${String(key[symbol])}` : sql`true`;
  const kept = Object.entries(key).filter(([column]) => isKept(spec, column));
  const rest = [
    ...(ts !== undefined && ts in key
      ? [sql`(log.ts = ${String(key[ts])}::timestamptz or log.ts is null)`]
      : []),
    ...(row ? [sql`log.${sql.id(row)} @> ${JSON.stringify(Object.fromEntries(kept))}::jsonb`] : []),
  ];
  const { id } = logClasses[name];
  const { rows } = await sql<{ shown: Record<string, unknown> }>`
    select ${shownLog(name)} as shown
      from (select * from ${sql.table(`operation_logs.${name}`)} log
             where log.pipeline = any (${[...pipelines]}::text[]) and ${narrow}
             order by log_time desc, ${sql.id(id)} desc limit ${LOOKED_AT}) log
     where ${rest.length === 0 ? sql`true` : sql.join(rest, sql` and `)}
     limit ${MOST}`.execute(db);
  return rows.map(({ shown }) => ({ class: name, ...shown }));
}

/** The columns that evidence is found by, where they are kept as they are: only then they can be compared. */
function aboutOf(spec: IngestSpec): { symbol: string | undefined; ts: string | undefined } {
  const { about = {}, key } = spec;
  const named = (name: string, types: readonly string[]) => {
    const fits = key.filter((column) => types.includes(spec.columns[column]?.type ?? ''));
    return fits.find((column) => column === name) ?? fits[0];
  };
  const symbol = about.symbol ?? named('symbol', ['text']);
  const ts = about.ts ?? named('ts', ['timestamptz', 'date']);
  return { symbol: isKept(spec, symbol) ? symbol : undefined, ts: isKept(spec, ts) ? ts : undefined };
}

const isKept = ({ columns }: IngestSpec, name: string | undefined) =>
  name !== undefined && (columns[name]?.stored ?? 'keep') === 'keep';
