/** A row of a report and the commit that wrote it, as the report database has them. */
import type { Pool } from 'pg';
import { exactObject } from '../db/exact-json.ts';
import { ident } from '../db/quote.ts';
import type { ReportTable } from '../reports/catalogue.ts';
import { keyColumns } from '../reports/page.ts';
import { refusalOf } from '../reports/refusal.ts';
import { inJson, shownColumns } from '../reports/shown.ts';
import { typed } from '../reports/where.ts';
import type { RowKey } from './key.ts';

/** What an ingest writes beside the user's columns. */
const ORIGIN = ['ks_rank', 'ks_received_at', 'ks_source_id', 'ks_commit'];

type Origin = { rank: number; received_at: string | null; source_id: string; commit_id: number };

type Found = { key: string; shown_key: string; ks_row: string | null; ks_origin: Origin | null };

type Json = Record<string, unknown>;
/** `stored`: the key as evidence has it. */
type FoundRow = { stored: Json; key: Json; row: Json | null; origin: Origin | null };

/** The key as JSON has it, and its row and where that is from; null: there is none, or nothing says so. */
export async function findRow(pool: Pool, table: ReportTable, key: RowKey): Promise<FoundRow> {
  const values = keyColumns(table).map((column) => ({
    column,
    value: typed(column, key.get(column.name) ?? ''),
  }));
  const members = values.map(({ column, value }) => `${value} as ${ident(column.name)}`);
  const same = values.map(({ column, value }) => `ks_report.${ident(column.name)} = ${value}`);
  const shownKey = keyColumns(table).map(inJson).join(', ');
  const hasOrigin = ORIGIN.every((name) => table.columns.some((column) => column.name === name));
  const origin = hasOrigin
    ? `json_build_object('rank', ks_rank, 'received_at', case when isfinite(ks_received_at) then replace(to_jsonb(ks_received_at) #>> '{}', '+00:00', 'Z') end,
         'source_id', ks_source_id::text, 'commit_id', ks_commit)`
    : 'null::json';
  const { rows } = await pool
    .query<Found>(
      `select to_jsonb(ks_given)::text as key,
              (select row_to_json(ks_shown) from (select ${shownKey}) ks_shown)::text as shown_key, ks_found.*
         from (select ${members.join(', ')}) ks_given
         left join lateral (
           select (select row_to_json(ks_shown) from (select ${shownColumns(table).map(inJson).join(', ')}) ks_shown)::text as ks_row,
                  ${origin} as ks_origin
             from ${ident(table.schema)}.${ident(table.table)} ks_report
            where ${same.join(' and ')}) ks_found on true`,
    )
    .catch((error: unknown) => {
      throw refusalOf(error);
    });
  const { key: stored, shown_key, ks_row, ks_origin } = rows[0]!;
  return {
    stored: exactObject(stored),
    key: exactObject(shown_key),
    row: ks_row === null ? null : exactObject(ks_row),
    origin: ks_origin,
  };
}

export type Commit = {
  commit_id: number;
  scope: string;
  task: string;
  batch: number;
  run_id: string;
  target: string | null;
  source_identity: string;
  previous_horizon: string;
  horizon: string;
  last_id: string;
  closed: boolean;
  books: Record<string, unknown>;
  committed_at: Date;
};

const COLUMNS = `commit_id, scope, task, batch, run_id, target, source_identity, previous_horizon::text, horizon::text,
  last_id::text, closed, books, committed_at`;

/** Commits by their numbers; those that were pruned are missing. */
export async function findCommits(pool: Pool, ids: readonly number[]): Promise<Map<number, Commit>> {
  const { rows } = await pool.query<Commit>(
    `select ${COLUMNS} from kubescribe.commits where commit_id = any($1::bigint[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.commit_id, row]));
}

/** The last commit of a task that writes a table whole. */
export async function findLastCommit(pool: Pool, target: string, task: string): Promise<Commit | undefined> {
  const { rows } = await pool.query<Commit>(
    `select ${COLUMNS} from kubescribe.commits where target = $1 and task = $2 order by commit_id desc limit 1`,
    [target, task],
  );
  return rows[0];
}
