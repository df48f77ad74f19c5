/** How much of each class was seen for the first time when; and how much of each a run saw. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { type LogClassName, logClasses } from './classes.ts';

/** Rows that are counted of a class at most, the newest first. */
const MOST_COUNTED = 500_000;
const MOST_SIGHTINGS = 50_000;

const names = Object.keys(logClasses) as LogClassName[];

export type Range = { from: Date; to: Date; by: 'hour' | 'day'; pipeline?: string | undefined };

type Bucket = { class: string; at: Date; count: number };

/** By class, in the order of the promises: how many, and how many in each hour or day. */
export async function countLogs(db: Db, range: Range) {
  const counted = await Promise.all(
    names
      .filter((name) => range.pipeline === undefined || 'pipeline' in logClasses[name].filters)
      .map(async (name) => ({ name, buckets: await readBuckets(db, name, range) })),
  );
  const starts = bucketsOf(range);
  return counted.map(({ name, buckets }) => {
    const at = new Map(buckets.map((bucket) => [bucket.at.getTime(), bucket.count]));
    const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
    return {
      class: name,
      count,
      at_least: count === MOST_COUNTED,
      trend: starts.map((start) => ({ at: start, count: at.get(start.getTime()) ?? 0 })),
    };
  });
}

async function readBuckets(db: Db, name: LogClassName, { from, to, by, pipeline }: Range): Promise<Bucket[]> {
  const { rows } = await sql<Bucket>`
    select date_trunc(${by}, log_time, 'UTC') as at, count(*) as count
      from (select log_time from ${sql.table(`operation_logs.${name}`)}
             where log_time >= ${from} and log_time < ${to}
               and ${pipeline === undefined ? sql`true` : sql`pipeline = ${pipeline}`}
             order by log_time desc limit ${MOST_COUNTED}) log
     group by 1`.execute(db);
  return rows;
}

const HOUR = 3_600_000;
const LENGTH = { hour: HOUR, day: 24 * HOUR };

/** The beginnings of the hours or days that a range touches, in UTC. */
function bucketsOf({ from, to, by }: Pick<Range, 'from' | 'to' | 'by'>): Date[] {
  const length = LENGTH[by];
  const first = Math.floor(from.getTime() / length);
  const last = Math.ceil(to.getTime() / length);
  return Array.from({ length: last - first }, (_, i) => new Date((first + i) * length));
}

/** By class: the identities that a run saw, and how often; what it saw first and others never. */
export async function countSightings(db: Db, runId: string) {
  const { rows } = await sql<{ class: string; identities: number; sightings: number; seen: number }>`
    select class, count(distinct identity)::int as identities, sum(count)::float8 as sightings, max(seen)::int as seen
      from (select identity, count, count(*) over () as seen from (
              select identity, count from evidence_sightings where run_id = ${runId}::uuid
               limit ${MOST_SIGHTINGS}) few) run
     cross join lateral (
       select class from evidence_identities known where known.identity = run.identity limit 1) known
     group by class`.execute(db);
  const of = new Map(rows.map((row) => [row.class, row]));
  return names
    .filter((name) => name !== 'backup_logs')
    .map((name) => ({
      class: name,
      identities: of.get(name)?.identities ?? 0,
      sightings: of.get(name)?.sightings ?? 0,
      at_least: of.get(name)?.seen === MOST_SIGHTINGS,
    }));
}
