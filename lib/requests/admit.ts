/** Admission: a waiting request becomes a run when nothing lives in its lane. */
import { sql } from 'kysely';
import type { RunRequest } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { LATE_AFTER } from '../schedule/misfire.ts';
import { beginning } from './begin.ts';
import { tellMissed } from './missed.ts';

/** Ends the requests whose time is over, then admits the next of each lane. The caller holds the pipeline's lock. */
export async function expireAndAdmit(tx: Tx, pipeline: string): Promise<string[]> {
  await expire(tx, pipeline);
  return admit(tx, pipeline);
}

/** Ends the requests whose time is over: slots are missed, others cancelled. */
export async function expire(tx: Tx, pipeline: string): Promise<void> {
  const { rows } = await sql<Pick<RunRequest, 'slot' | 'state' | 'why'>>`
    update run_requests
       set state = case kind when 'slot' then 'missed' else 'cancelled' end,
           why = 'it waited until its deadline and its lane was never free',
           ended_at = clock()
     where pipeline = ${pipeline} and state = 'waiting' and backfill_id is null and deadline <= clock()
    returning slot, state, why`.execute(tx);
  const missed = rows.flatMap(({ slot, state, why }) =>
    state === 'missed' && slot ? [{ slot, why: why ?? '' }] : [],
  );
  await tellMissed(tx, pipeline, missed);
}

/**
 * The next of each lane, and of each backfill as many as it may have live: they never wait for one another. Ids are
 * gathered first, so that the update seeks them one by one however many requests wait.
 */
async function admit(tx: Tx, pipeline: string): Promise<string[]> {
  const { rows } = await sql<{ run_id: string }>`
    with ended_backfills as (
      update backfills set ended_at = clock()
       where pipeline = ${pipeline} and ended_at is null
         and not exists (
           select from run_requests open
            where open.backfill_id = backfills.backfill_id and open.state in ('waiting', 'live'))),
    begun as (
      update run_requests set
             state = 'live', admitted_at = clock(),
             late = kind = 'slot' and clock() > slot + ${LATE_AFTER} * interval '1 millisecond'
       where run_id = any (array(${nextOfLanes(pipeline)}))
          or run_id = any (array(${nextOfBackfills(pipeline)}))
      returning *),
    ${beginning}
    select run_id from begun`.execute(tx);
  return rows.map((request) => request.run_id);
}

const laneIsFree = sql`not exists (
  select from run_requests live
   where live.pipeline = next.pipeline and live.lane = next.lane and live.state = 'live')`;

const nextOfLanes = (pipeline: string) => sql`
  select distinct on (lane) run_id
    from run_requests next
   where pipeline = ${pipeline} and state = 'waiting' and backfill_id is null and ${laneIsFree}
   order by lane, first desc, ordinal`;

/** A lane's name is free text: a person's may be called like a slot of a backfill, and goes first then. */
const nextOfBackfills = (pipeline: string) => sql`
  select chosen.run_id
    from backfills cross join lateral (
      select run_id
        from run_requests next
       where next.backfill_id = backfills.backfill_id and state = 'waiting' and ${laneIsFree}
         and not exists (
           select from run_requests namesake
            where namesake.pipeline = next.pipeline and namesake.lane = next.lane
              and namesake.state = 'waiting' and namesake.backfill_id is null)
       order by ordinal
       limit greatest(0, backfills.concurrency - (
         select count(*) from run_requests live
          where live.backfill_id = backfills.backfill_id and live.state = 'live'))) chosen
   where backfills.pipeline = ${pipeline} and backfills.ended_at is null`;
