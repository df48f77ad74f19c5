/** Which runs a filter means, as far as something can be done to them: what other programs recorded is not among them. */
import { type RawBuilder, sql } from 'kysely';
import { ofOneMoment } from '../boundary.ts';
import { MOST_RUNS } from '../contract/many-runs.ts';
import type { Db } from '../db/connect.ts';
import type { RunStatus } from '../db/tables.ts';
import { allOf, facetsOf, type RunFilter, restOf, searchesOf } from '../ledger/run-filter.ts';
import { startedIn } from '../ledger/run-order.ts';

export type Subject = { run_id: string; pipeline: string };

/** One more than may be: whoever counts sees that there are too many. */
const LIMIT = MOST_RUNS + 1;

/** What waits comes first: it would else take the place of what is cancelled before it. What begins meanwhile is one of both. */
export function openRuns(db: Db, filter: RunFilter): Promise<Subject[]> {
  return ofOneMoment(db, async (moment) => {
    const waiting = await waitingRequests(moment, filter);
    return [...waiting, ...(await runsOf(moment, filter, ['STARTED']))].slice(0, LIMIT);
  });
}

/** The oldest first, as they were asked for. */
export async function endedRuns(db: Db, filter: RunFilter): Promise<Subject[]> {
  const runs = await runsOf(db, filter, filter.status ?? ['ERROR', 'TIMEOUT']);
  return runs.reverse();
}

async function runsOf(db: Db, filter: RunFilter, status: readonly RunStatus[]): Promise<Subject[]> {
  const wanted = { ...filter, status };
  const all = [...facetsOf(wanted), ...restOf(wanted), ...searchesOf(wanted), ...startedIn(wanted)];
  const { rows } = await sql<Subject>`
    select run_id, request.pipeline
      from (select run_id, started_at from run_log where ${allOf(all)}) run
      join run_requests request using (run_id)
     order by run.started_at desc, run_id desc limit ${LIMIT}`.execute(db);
  return rows;
}

/** A request that waits has no more than these; whoever asks for other things means runs. */
async function waitingRequests(db: Db, filter: RunFilter): Promise<Subject[]> {
  const { component, trigger, source, from, to, tag, ...others } = filter;
  if (Object.values(others).some((value) => value !== undefined)) return [];
  const conditions: RawBuilder<unknown>[] = [
    sql`state = 'waiting' and backfill_id is null`,
    ...(component !== undefined ? [sql`pipeline = ${component}`] : []),
    ...(trigger ? [sql`trigger = any (${[...trigger]}::text[])`] : []),
    ...(source ? [sql`source = any (${[...source]}::text[])`] : []),
    ...(tag ? [sql`tags @> ${[...tag]}::text[]`] : []),
    ...(from ? [sql`requested_at >= ${from}`] : []),
    ...(to ? [sql`requested_at < ${to}`] : []),
  ];
  const { rows } = await sql<Subject>`
    select run_id, pipeline from run_requests
     where ${allOf(conditions)} order by ordinal desc limit ${LIMIT}`.execute(db);
  return rows;
}
