/** Calls for upkeep when a tick got lost, and when it is in the middle of something. */
import { sql } from 'kysely';
import { emit, type Tx } from '../events/outbox.ts';

/** A daily tick has not come when nothing was passed through for longer. */
const OVERDUE = '25 hours';
/** What lies in another database cannot always be reached: it waits for the next day. */
const ELSEWHERE = ['report_commits', 'quarantine'];

/** Called each minute. */
export async function wakeUpkeep(tx: Tx): Promise<void> {
  const { rows } = await sql<{ minute: string }>`
    select to_char(clock() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as minute
     where exists (
       select from retention
        where keep is not null
          and (pass is not null or passed_at < clock() - ${OVERDUE}::interval and of <> all (${ELSEWHERE}::text[])))`.execute(
    tx,
  );
  const [due] = rows;
  if (due) await emit(tx, { name: 'upkeep.due', by: 'sweep', subject: `upkeep/${due.minute}`, data: {} });
}
