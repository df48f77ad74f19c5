/** An incident: the failures of a lane since its last success, up to and with one run. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { RunStatus } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';

export type Incident = {
  /** The first failed run; the run itself when none has failed yet. */
  root: string;
  rootStatus: RunStatus | null;
  lane: string;
  /** When the first failed run ended. */
  since: Date | null;
  failures: number;
  lastGood: string | null;
  lastGoodAt: Date | null;
};

/** The incident that a run belongs to, or ends. The same whenever it is asked for, once the run has ended. */
export async function incidentOf(db: Db | Tx, runId: string): Promise<Incident> {
  const { rows } = await sql<Incident>`
    with me as (
      select pipeline, lane, coalesce(ended_at, 'infinity') as ended_at, ordinal
        from run_requests where run_id = ${runId}),
    good as (
      select run_id, request.ended_at, request.ordinal
        from me join run_requests request using (pipeline, lane) join run_log run using (run_id)
       where request.state = 'ran' and run.status = 'SUCCESS'
         and (request.ended_at, request.ordinal) < (me.ended_at, me.ordinal)
       order by request.ended_at desc, request.ordinal desc limit 1),
    bad as (
      select run_id, run.status, run.finished_at, request.ended_at, request.ordinal
        from me join run_requests request using (pipeline, lane) join run_log run using (run_id)
       where request.state = 'ran' and run.status in ('ERROR', 'TIMEOUT')
         and (request.ended_at, request.ordinal) <= (me.ended_at, me.ordinal)
         and (request.ended_at, request.ordinal)
             > (coalesce((select ended_at from good), '-infinity'), coalesce((select ordinal from good), 0))),
    first as (select * from bad order by ended_at, ordinal limit 1)
    select coalesce((select run_id from first), ${runId}::uuid) as root,
           (select status from first) as "rootStatus",
           coalesce((select lane from me), '') as lane,
           (select finished_at from first) as since,
           (select count(*) from bad) as failures,
           (select run_id from good) as "lastGood",
           (select finished_at from run_log where run_id = (select run_id from good)) as "lastGoodAt"
  `.execute(db);
  return rows[0]!;
}
