/** Ranges of the source by time: what a backfill reads, beside the windows and without moving them. */
import type { Client } from 'pg';
import { ident, literal, table } from '../db/quote.ts';
import { Refusal } from '../pipeline/task.ts';
import type { CommitRow } from '../report/commit-row.ts';
import type { IngestSpec } from './spec.ts';
import { BELOW_ALL_IDS, openSnapshot, rowsSql, type Window } from './window.ts';

export type Range = { from: Date; until: Date };

/** Opens a snapshot of the source and says after which row to go on: the last that this run committed. */
export async function openRange(
  production: Client,
  spec: IngestSpec,
  watermark: CommitRow | undefined,
  report: Client,
): Promise<Window> {
  const { horizon, sourceIdentity } = await openSnapshot(production, spec, report);
  const goesOn = watermark?.sourceIdentity === sourceIdentity && !watermark.closed;
  return {
    sourceIdentity,
    previousHorizon: '0',
    horizon,
    afterId: goesOn ? watermark.lastId : BELOW_ALL_IDS,
  };
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
  const condition = /^(timestamp|date)/.test(await typeOf(production, spec, column))
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

async function typeOf(production: Client, spec: IngestSpec, column: string): Promise<string> {
  const { rows } = await production.query<{ type: string }>(
    `select atttypid::regtype::text as type
       from pg_attribute where attrelid = $1::regclass and attname = $2 and attnum > 0 and not attisdropped`,
    [table(spec.from.table), column],
  );
  if (rows[0]) return rows[0].type;
  throw new Refusal(
    'NO_TIME_COLUMN',
    `${spec.from.table} has no column "${column}", which "from.time" names.`,
  );
}
