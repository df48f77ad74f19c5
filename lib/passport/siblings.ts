/** Evidence of the same key: what else was said of a row, and why it was not taken. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { exactObject } from '../db/exact-json.ts';
import { aboutOf } from '../evidence/about.ts';
import { storedAs } from '../evidence/stored.ts';
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
  const about = aboutOf(spec);
  const symbol = isKept(spec, about.symbol) ? about.symbol : undefined;
  const ts = isKept(spec, about.ts) ? about.ts : undefined;
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
  const { rows } = await sql<{ shown: string }>`
    select ${shownLog(name)}::text as shown
      from (select * from ${sql.table(`operation_logs.${name}`)} log
             where log.pipeline = any (${[...pipelines]}::text[]) and ${narrow}
             order by log_time desc, ${sql.id(id)} desc limit ${LOOKED_AT}) log
     where ${rest.length === 0 ? sql`true` : sql.join(rest, sql` and `)}
     limit ${MOST}`.execute(db);
  return rows.map(({ shown }) => ({ class: name, ...exactObject(shown) }));
}

/** Only what is kept as it is can be compared. */
const isKept = (spec: IngestSpec, name: string | undefined) =>
  name !== undefined && storedAs(spec, name) === 'keep';
