/** What a purge would delete, without deleting anything. */
import { sql } from 'kysely';
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import type { Json } from '../db/tables.ts';
import { type Kind, kinds } from './kinds.ts';
import { walk } from './step.ts';

/** Rows that are counted one by one; what is beyond is known to be more. */
const MOST = 100_000;
const PAGE = 5_000;

export type Preview = {
  of: string;
  says: string;
  keep: string | null;
  unset: string;
  before: Date | null;
  rows: number;
  /** There are more: the counting stopped. */
  more: boolean;
  /** By the size of an average row with its share of indexes; null: not known. */
  bytes: number | null;
};

type Row = { of: string; keep: string | null; before_text: string; before: Date | null };

/** Walks each kind as a purge would, in one snapshot that reads alone. */
export async function* preview(
  db: Db,
  report: Client | undefined,
  only?: readonly string[],
): AsyncGenerator<Preview> {
  const { rows } = await sql<Row>`
    select of, keep::text, (clock() - keep)::text as before_text, clock() - keep as before from retention`.execute(
    db,
  );
  for (const kind of kinds) {
    const row = rows.find(({ of }) => of === kind.of);
    if (!row || (only && !only.includes(kind.of)) || ('walkReport' in kind && !report)) continue;
    const { of, keep, before } = row;
    const shown = { of, says: kind.says, keep, unset: kind.unset ?? 'for ever', before };
    yield keep === null
      ? { ...shown, rows: 0, more: false, bytes: 0 }
      : { ...shown, ...(await count(db, kind, { keep, before: row.before_text }, report)) };
  }
}

async function count(
  db: Db,
  kind: Kind,
  { keep, before }: { keep: string; before: string },
  report: Client | undefined,
): Promise<Pick<Preview, 'rows' | 'more' | 'bytes'>> {
  let place: Json | null = null;
  let rows = 0;
  let bytes: number | undefined;
  do {
    const walked = await walk(db, kind, { before, keep, place, limit: PAGE, remove: false }, report);
    rows += walked.gone;
    if (walked.bytes !== undefined) bytes = (bytes ?? 0) + walked.bytes;
    place = walked.place;
  } while (place !== null && rows < MOST);
  return { rows, more: place !== null, bytes: bytes ?? (await estimate(db, kind, rows)) };
}

async function estimate(db: Db, { table }: Kind, count: number): Promise<number | null> {
  if (count === 0) return 0;
  const { rows } = await sql<{ bytes: number | null }>`
    select (pg_total_relation_size(oid) / nullif(greatest(reltuples, 0), 0) * ${count}::float8)::bigint as bytes
      from pg_class where oid = to_regclass(${table})`.execute(db);
  return rows[0]?.bytes ?? null;
}
