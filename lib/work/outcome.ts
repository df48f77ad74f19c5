/** What became of a slice, and what a failure means for its run. */
import { LOCK_NOT_AVAILABLE, sqlState } from '../db/sqlstate.ts';
import type { Json } from '../db/tables.ts';
import type { JobCause } from '../jobs/cause.ts';
import { describeError } from '../logs/redact.ts';
import type { ErrorClass } from '../pipeline/options.ts';
import { Refusal, type Task } from '../pipeline/task.ts';
import { FenceLost } from '../report/fence.ts';
import { cancelText } from '../requests/cancel.ts';
import { LeaseLost } from './claim.ts';
import type { End } from './end.ts';
import { errorClass } from './error-class.ts';
import { type CancelFlag, Stopped } from './keep.ts';
import { RunLogAway } from './on-runlog.ts';

export type Outcome =
  /** Every task is done. */
  | { is: 'done' }
  /** There is more: go on from `state`. `counted` slices without progress fail an attempt. */
  | { is: 'paused'; state: Json; progressed: boolean; counted: boolean }
  /** The attempt failed; without a class no other could mend it. */
  | { is: 'failed'; end: End; of?: ErrorClass; state: Json; progressed: boolean }
  | { is: 'ended'; end: End }
  /** The report database cannot be had. */
  | { is: 'blocked'; why: string; state: Json; progressed: boolean }
  /** Somebody else has the run: not a word more. */
  | { is: 'lost' };

export const reportAway = 'the report database went away';

type Circumstances = {
  signal: AbortSignal;
  flag: CancelFlag | undefined;
  reportIsAlive: boolean;
  state: Json;
  progressed: boolean;
  /** The task that was being done. */
  task: Pick<Task<never>, 'name' | 'timeout' | 'heartbeat'> | undefined;
};

/** Judges what a slice threw. */
export function judgeFailure(error: unknown, now: Circumstances): Outcome {
  const { state, progressed } = now;
  const stopped = now.signal.reason instanceof Stopped ? now.signal.reason.reason : undefined;
  if (stopped === 'lost' || error instanceof LeaseLost || error instanceof FenceLost) return { is: 'lost' };
  if (now.flag) return { is: 'ended', end: cancelled(now.flag) };
  if (stopped === 'overdue') return { is: 'ended', end: overdue };
  if (stopped === 'draining') return { is: 'paused', state, progressed, counted: false };
  if (stopped === 'hard-stop') return { is: 'paused', state, progressed, counted: true };
  if (stopped === 'late' || stopped === 'silent')
    return { is: 'failed', end: ofItsClock(stopped, now.task), of: 'timeout', state, progressed };
  // Whoever only waited for its turn at a table has not failed.
  if (error instanceof RunLogAway || sqlState(error) === LOCK_NOT_AVAILABLE) {
    return { is: 'paused', state, progressed, counted: false };
  }
  if (!now.reportIsAlive) return { is: 'blocked', why: reportAway, state, progressed };
  const { code, message, stack } = describeError(error);
  if (error instanceof Refusal)
    return { is: 'failed', end: { status: 'ERROR', code: error.code, message }, state, progressed };
  const of = errorClass(error);
  const end: End =
    of === 'away'
      ? { status: 'ERROR', code: 'DATABASE_AWAY', message: `A database could not be reached (${code}).` }
      : { status: 'ERROR', code, message, stack };
  return { is: 'failed', end, of, state, progressed };
}

function ofItsClock(clock: 'late' | 'silent', task: Circumstances['task']): End {
  const name = `Task "${task?.name}"`;
  if (clock === 'late')
    return {
      status: 'TIMEOUT',
      code: 'TASK_TIMEOUT',
      message: `${name} took longer than the ${task?.timeout} s that it may take in one attempt.`,
    };
  return {
    status: 'TIMEOUT',
    code: 'TASK_SILENT',
    message: `${name} gave no sign of life for ${task?.heartbeat} s: no progress, no batch, no yield.`,
  };
}

/** The end of work that bears the flag. */
export const cancelled = (flag: CancelFlag): End => ({
  status: 'CANCELLED',
  code: 'CANCELLED',
  message: cancelText({ by: flag.cancel_by ?? undefined, why: flag.cancel_why ?? undefined }),
});

export const overdue: End = {
  status: 'TIMEOUT',
  code: 'RUN_TIMEOUT',
  message: 'The run took longer than its timeout.',
};

/** The work did not move in several slices: a longer one would not help. */
export const noProgress: End = {
  status: 'ERROR',
  code: 'NO_PROGRESS',
  message:
    "A piece of work does not fit into a slice. Make it smaller, or run the pipeline with executor: 'job'.",
};

export const poisoned = (deaths: number, last?: JobCause): End => ({
  status: 'ERROR',
  code: last?.code ?? 'WORKERS_DIED',
  message: last
    ? `${deaths} workers died at this run; of the last one the cluster says: ${last.message}.`
    : `${deaths} workers died at this run without a word (killed, or out of memory).`,
});
