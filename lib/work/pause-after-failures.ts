/** A schedule that only fails pauses by itself, and tells. */
import { sql } from 'kysely';
import { BY_ITSELF } from '../audit/record.ts';
import type { Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { findOpenPause, openPause } from '../requests/pause.ts';

/**
 * Opens a pause when the run that has just ended is the last of as many failed slots in a row as the pipeline takes.
 * Slots of one lane count (all slots have the same params, thus one lane), begun since the last resume; cancelled ones
 * say nothing. The caller holds the pipeline's lock.
 */
export async function pauseAfterFailures(
  tx: Tx,
  { run_id, pipeline, lane }: Pick<Work, 'run_id' | 'pipeline' | 'lane'>,
  cause: string,
): Promise<void> {
  const asked = await tx
    .selectFrom('run_requests as request')
    .innerJoin('pipelines', 'pipelines.name', 'request.pipeline')
    .select(['request.kind', 'pipelines.pause_after'])
    .where('request.run_id', '=', run_id)
    .executeTakeFirst();
  if (asked?.kind !== 'slot' || asked.pause_after === null) return;
  const failures = await failuresInARow(tx, pipeline, lane, asked.pause_after);
  if (failures < asked.pause_after || (await findOpenPause(tx, pipeline))) return;
  const times = failures === 1 ? '1 failure' : `${failures} failures in a row`;
  await openPause(tx, {
    pipeline,
    ...BY_ITSELF,
    why: `${times}, the last with ${cause}`,
    teller: 'run-pipeline',
    runId: run_id,
  });
}

async function failuresInARow(tx: Tx, pipeline: string, lane: string, enough: number): Promise<number> {
  const { rows } = await sql<{ failures: number }>`
    with resumed as (
      select coalesce(max(resumed_at), '-infinity') as at from pauses where pipeline = ${pipeline}),
    latest as (
      select run.status
        from run_requests request join run_log run using (run_id)
       where request.pipeline = ${pipeline} and request.lane = ${lane} and request.state = 'ran'
         and request.kind = 'slot' and run.status in ('SUCCESS', 'ERROR', 'TIMEOUT')
         -- The end bounds the walk through the index; the begin is what is meant.
         and request.ended_at >= (select at from resumed) and request.admitted_at >= (select at from resumed)
       order by request.ended_at desc, request.ordinal desc limit ${enough})
    select count(*)::int as failures from latest having bool_and(status <> 'SUCCESS')`.execute(tx);
  return rows[0]?.failures ?? 0;
}
