/** What RunLog holds of slots: their requests, their runs, and who ran them again. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { RequestState, RunStatus } from '../db/tables.ts';

/** Of a slot that was run again and again, the newest. */
const RERUNS = 20;

export type SlotRow = {
  slot: Date;
  run_id: string;
  state: RequestState;
  why: string | null;
  late: boolean;
  lane: string;
  requested_at: Date;
  deadline: Date | null;
  admitted_at: Date | null;
  ended_at: Date | null;
  status: RunStatus | null;
  started_at: Date | null;
  finished_at: Date | null;
  duration_ms: number | null;
  error_code: string | null;
  error_message: string | null;
};

/** The requests for slots in (after, until], oldest first, at most `limit`: one seek in one index. */
export async function readSlotRows(
  db: Db,
  pipeline: string,
  after: Date,
  until: Date,
  limit: number,
): Promise<SlotRow[]> {
  // Slots are known to the millisecond here: what lies within the one that was seen was seen.
  const { rows } = await sql<SlotRow>`
    select request.*, run.status, run.started_at, run.finished_at, run.duration_ms, run.error_code,
           left(run.error_message, 400) as error_message
      from (
        select slot, run_id, state, why, late, lane, requested_at, deadline, admitted_at, ended_at
          from run_requests
         where pipeline = ${pipeline} and kind = 'slot'
           and slot >= ${after}::timestamptz + interval '1 ms' and slot <= ${until}
         order by slot limit ${limit}) request
      left join run_log run using (run_id)
     order by request.slot`.execute(db);
  return rows;
}

export type Rerun = {
  run_id: string;
  kind: 'person' | 'backfill' | 'replay';
  state: RequestState;
  why: string | null;
  status: RunStatus | null;
  started_at: Date | null;
  finished_at: Date | null;
  duration_ms: number | null;
  requested_at: Date;
  requested_by: string | null;
  backfill_id: string | null;
  replay_of: string | null;
};

/** The runs that a backfill or a replay made of slots again, oldest first, by the time of the slot. */
export async function readReruns(
  db: Db,
  pipeline: string,
  slots: readonly Date[],
  runs: readonly string[],
): Promise<Map<number, Rerun[]>> {
  const { rows } = await sql<Rerun & { of: Date }>`
    with recursive again as (
      select request.slot as of, request.run_id from run_requests request
       where request.pipeline = ${pipeline} and request.slot = any (${slots}) and request.kind <> 'slot'
      union
      select request.slot, replay.run_id
        from run_requests request join run_requests replay on replay.replay_of = request.run_id
       where request.run_id = any (${runs})
      union
      select again.of, replay.run_id
        from again join run_requests replay on replay.replay_of = again.run_id)
    select again.of, request.run_id, request.kind, request.state, coalesce(request.wish_why, request.why) as why,
           run.status, run.started_at, run.finished_at, run.duration_ms, request.requested_at,
           request.requested_by, request.backfill_id, request.replay_of
      from (
        select of, run_id, row_number() over (partition by of order by ordinal desc) as nth
          from again join run_requests using (run_id)) again
      join run_requests request using (run_id)
      left join run_log run using (run_id)
     where nth <= ${RERUNS}
     order by again.of, request.ordinal`.execute(db);
  const reruns = new Map<number, Rerun[]>();
  for (const { of, ...rerun } of rows) {
    const list = reruns.get(of.getTime()) ?? [];
    reruns.set(of.getTime(), list);
    list.push(rerun);
  }
  return reruns;
}
