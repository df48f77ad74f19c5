/** Ranges of the source by time: what a backfill reads, beside the windows and without moving them. */
import type { Client } from 'pg';
import { ident, literal } from '../db/quote.ts';
import { Refusal } from '../pipeline/task.ts';
import type { CommitRow } from '../report/commit-row.ts';
import type { IngestSpec } from './spec.ts';
import { isTime, typeOfColumn } from './time-column.ts';
import { BELOW_ALL_IDS, openSnapshot, rowsSql, type Window } from './window.ts';

export type Range = { from: Date; until: Date };

/** Opens a snapshot of the source and says after which row to go on: the last that this run committed. */
export async function openRange(
  production: Client,
  spec: IngestSpec,
  watermark: CommitRow | undefined,
  report: Client,
): Promise<Window> {
  const now = await openSnapshot(production, spec, report);
  const goesOn = watermark?.sourceIdentity === now.sourceIdentity && !watermark.closed;
  const afterId = goesOn ? watermark.lastId : BELOW_ALL_IDS;
  return { ...now, previousHorizon: '0', since: null, afterId, lookBack: '', reset: null };
}

/** The rows of a range after an id, as a COPY query. A row whose time cannot be read lies in no range. */
export async function rangeSql(
  production: Client,
  spec: IngestSpec,
  { from, until }: Range,
  window: Window,
  limit: number,
): Promise<string> {
  const column = timeOf(spec);
  const time = ident(column);
  const lies = (instant: string) =>
    `${instant} >= ${literal(from.toISOString())}::timestamptz and ${instant} < ${literal(until.toISOString())}::timestamptz`;
  // As it stands, a column of times can be sought by its index.
  const condition = isTime(await typeOfColumn(production, spec.from.table, column, 'from.time'))
    ? lies(time)
    : `case when pg_input_is_valid(${time}::text, 'timestamptz')
            then ${lies(`${time}::text::timestamptz`)} else false end`;
  return rowsSql(spec, window, ` and ${condition}`, limit);
}

function timeOf({ name, from }: IngestSpec): string {
  if (from.time !== undefined) return from.time;
  throw new Refusal('NO_TIME_COLUMN', noTime(name));
}

/** What is missing for a task of this name to read a range. */
export const noTime = (task: string) =>
  `Task "${task}" cannot read a range: name the column that says when a row is of, as "from.time" of its ingest.`;
