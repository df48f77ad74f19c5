/** Settled lines, read in the order of their ids. */
import { type RawBuilder, sql } from 'kysely';
import type { LogLine } from '../contract/log-line.ts';
import type { Db } from '../db/connect.ts';
import { conditionsOf, type LogFilter, utc } from '../logs/filter.ts';
import { asLine, type LineRow, lineColumns } from '../logs/told-line.ts';

/** Lines of some ids, and up to which id they were looked for. */
export type Read = { lines: LogLine[]; upTo: number };
type Part = { after: number; upTo: number; most: number };

/** Ids that one look for lines of no run in particular goes through: they may be hidden among millions. */
const WINDOW = 10_000;

/** What everybody hears who listens: the lines after an id, or those of some runs. */
export async function readSettled(db: Db, part: Part, runs: readonly string[] | undefined): Promise<Read> {
  const name = sql.raw(`/* settled lines${runs ? ' of runs' : ''} */`);
  const ofRuns = runs ? sql` and log.job_run_id = any (${[...runs]}::uuid[])` : sql``;
  return read(db, part, name, ofRuns);
}

/** The lines that a client missed, by its filter; what a regular expression would leave out is among them. */
export async function readBacklog(db: Db, part: Part, filter: LogFilter): Promise<Read> {
  const asked = conditionsOf(filter).map(({ is }) => sql` and ${is}`);
  const narrow = filter.job_run_id !== undefined || filter.task_run_id !== undefined;
  const upTo = narrow ? part.upTo : Math.min(part.upTo, part.after + WINDOW);
  return read(db, { ...part, upTo }, sql``, sql.join(asked, sql``));
}

async function read(db: Db, part: Part, name: RawBuilder<unknown>, and: RawBuilder<unknown>): Promise<Read> {
  const { after, upTo, most } = part;
  const { rows } = await sql<LineRow>`${name}
    select ${lineColumns} from logs log
     where log.id > ${after} and log.id <= ${upTo}${and}
     order by log.id limit ${most}`.execute(db);
  const last = rows.at(-1);
  return { lines: rows.map(asLine), upTo: rows.length < most || !last ? upTo : last.id };
}

/** The id before the first line that was said at a time or later. */
export async function idBefore(db: Db, time: Date): Promise<number> {
  const { rows } = await sql<{ first: number | null }>`
    select min(id) as first from logs where timestamp >= ${utc(time)}`.execute(db);
  return (rows[0]?.first ?? 1) - 1;
}
