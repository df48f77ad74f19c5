/** What was worked on a run: its slices, and the attempts that they make up. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { RunSlice } from '../db/tables.ts';

/** Slices that are shown; of a run that had more, the newest. */
const MOST = 100;

type Shown = Omit<RunSlice, 'run_id' | 'epoch'> & {
  /** How long it waited for a worker, and how long it was worked on; in ms. */
  queue_ms: number;
  work_ms: number | null;
  attempt_since: Date;
};

export type Slice = Omit<Shown, 'attempt_since'>;

export type Attempt = Pick<Slice, 'attempt' | 'left_as' | 'error_class' | 'error_code' | 'error_message'> & {
  started_at: Date;
  ended_at: Date | null;
};

/** The slices of a run, oldest first, and its attempts, each with how it was left at last. */
export async function findSlices(db: Db, runId: string): Promise<{ slices: Slice[]; attempts: Attempt[] }> {
  const { rows } = await sql<Shown>`
    select attempt, checkpoint, queued_at, claimed_at, left_at, left_as, error_class, error_code, error_message,
           (extract(epoch from claimed_at - queued_at) * 1000)::bigint as queue_ms, cold_start_ms,
           (extract(epoch from left_at - claimed_at) * 1000)::bigint as work_ms,
           code, revision, instance, config_hash, min(claimed_at) over (partition by attempt) as attempt_since
      from run_slices where run_id = ${runId} order by epoch desc limit ${MOST}`.execute(db);
  const attempts: Attempt[] = [];
  for (const row of rows) {
    if (attempts.at(-1)?.attempt === row.attempt) continue;
    const { attempt, left_as, error_class, error_code, error_message, attempt_since: started_at } = row;
    const goesOn = left_as === 'paused' || left_as === 'blocked';
    const ended_at = goesOn ? null : row.left_at;
    attempts.push({ attempt, started_at, ended_at, left_as, error_class, error_code, error_message });
  }
  const slices = rows.map(({ attempt_since: _, ...slice }) => slice);
  return { slices: slices.reverse(), attempts: attempts.reverse() };
}
