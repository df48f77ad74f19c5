/** Evidence of execution: a row a claim, which says who worked on a run, on which code, and why that stopped. */
import { type RawBuilder, sql } from 'kysely';
import type { ErrorClass } from '../pipeline/options.ts';

/** Who takes the work of a run. */
export type Worker = {
  code?: string | undefined;
  revision?: string | undefined;
  instance?: string | undefined;
  /** The pipeline that the worker knows, and the hash of what it declares. */
  pipeline?: string;
  config?: string | undefined;
  /** Of a process that has not worked yet: its age, and since when it could have; in ms. */
  cold?: { age: number; ready: number } | undefined;
};

/** Why a slice was left: an error's class, code and words, where there was one. */
export type Cause = { of?: ErrorClass | undefined; code?: string | undefined; message?: string | undefined };

/** Closes the open slice of a run: a part of the statement that leaves or ends the run. */
export const closeSlice = (
  runId: string,
  as: 'paused' | 'retry' | 'blocked' | 'ended',
  { of, code, message }: Cause = {},
): RawBuilder<unknown> => sql`
  update run_slices
     set left_at = clock(), left_as = ${as}, error_class = ${of ?? null}, error_code = ${code ?? null},
         error_message = ${message ?? null}
   where run_id = ${runId} and left_at is null`;

/**
 * Marks the slice that a worker never left, as part of the statement that takes the work (`taken`, with `expired_at`), and
 * why it died where that is known. `ifSo` is a condition on `taken`.
 */
export const buryDead = (
  { code, message }: Cause = {},
  ifSo: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> => sql`
  update run_slices slice
     set left_at = coalesce(taken.expired_at, clock()), left_as = 'died', error_code = ${code ?? null}::text,
         error_message = ${message ?? null}::text
    from taken
   where slice.run_id = taken.run_id and slice.left_at is null and ${ifSo}`;

/** Opens the slice of a claim, as part of the statement that takes the work. */
export const openSlice = (worker: Worker): RawBuilder<unknown> => sql`
  insert into run_slices (run_id, epoch, attempt, checkpoint, queued_at, cold_start_ms, code, revision, instance, config_hash)
  select run_id, epoch, attempt, checkpoint, coalesce(expired_at, least(queued_at, clock())),
         -- Only what waited already when the process could not yet work has waited for its start.
         case when coalesce(expired_at, queued_at)
                   <= clock() - ${worker.cold?.ready ?? 0}::float8 * interval '1 millisecond'
              then ${worker.cold ? Math.round(worker.cold.age) : null}::int end,
         ${worker.code ?? null}, ${worker.revision ?? null}, ${worker.instance ?? null},
         case when pipeline = ${worker.pipeline ?? null} then ${worker.config ?? null} end
    from taken`;
