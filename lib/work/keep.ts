/** Keeping a claim while it is worked on: the lease renewed, the cancel flag and the clock looked at. */
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Json, Work } from '../db/tables.ts';
import type { Level } from '../logs/line.ts';
import type { Task } from '../pipeline/task.ts';
import { LeaseLost, lookAt, renew } from './claim.ts';
import type { Limits } from './limits.ts';
import { DRAIN, LEASE, LOOK_EVERY, RENEW_EVERY } from './numbers.ts';
import { noteProgress } from './task-runs.ts';

const SECOND = 1000;

export type StopReason = 'cancelled' | 'overdue' | 'lost' | 'hard-stop' | 'draining' | 'late' | 'silent';

/** Why a slice's signal was aborted. */
export class Stopped extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(`the slice was stopped: ${reason}`);
    this.reason = reason;
  }
}

/** Who asked for the run's cancellation, and why. */
export type CancelFlag = Pick<Work, 'cancel_by' | 'cancel_why'>;

/** A task's timeout and heartbeat. */
type Clocks = Pick<Task<never>, 'timeout' | 'heartbeat'>;

export type Keeper = {
  signal: AbortSignal;
  /** Time to give way at the next point where that is possible. */
  pause(): boolean;
  /** The flag of a cancellation, once it was seen. */
  flag(): CancelFlag | undefined;
  progress(taskRunId: string, progress: Json): void;
  /** From now on this task's own clocks count, or none. */
  watch(task?: Clocks, since?: Date): void;
  /** The task has given a sign of life. */
  beat(): void;
  stop(): Promise<void>;
};

/** Starts to keep a claim; from the first loss of it, `signal` is aborted. `hearLevel` hears how much is to be logged. */
export function keep(
  db: Db,
  work: Work,
  draining: AbortSignal,
  limits: Limits,
  hearLevel: (level: Level | null) => void = () => {},
): Keeper {
  const started = performance.now();
  const abort = new AbortController();
  let renewedAt = started;
  let flag: CancelFlag | undefined;
  let shown: { id: string; progress: Json } | undefined;
  let clocks: Clocks & { lateFrom?: Date | undefined } = {};
  let beatAt = started;
  let looking = Promise.resolve();

  const stopFor = (reason: StopReason) => {
    if (!abort.signal.aborted) abort.abort(new Stopped(reason));
  };
  const hardStop = setTimeout(() => stopFor('hard-stop'), limits.hardStop);
  const onDrain = () => {
    drained = setTimeout(() => stopFor('draining'), DRAIN);
  };
  let drained: NodeJS.Timeout | undefined;
  if (draining.aborted) onDrain();
  else draining.addEventListener('abort', onDrain, { once: true });

  async function look(): Promise<void> {
    try {
      const asked = performance.now();
      if (asked - renewedAt >= RENEW_EVERY) {
        await commit('renew', db, (tx) => renew(tx, work.run_id, work.epoch));
        renewedAt = asked;
      }
      await show();
      const seen = await lookAt(db, work.run_id, work.epoch, clocks.lateFrom);
      if (!seen) throw new LeaseLost('the lease was taken or released');
      hearLevel(seen.log_level);
      if (seen.cancel_at) {
        flag = seen;
        stopFor('cancelled');
      } else if (seen.overdue) stopFor('overdue');
      else if (seen.late) stopFor('late');
      // A slice's own stopwatch measures silence: each slice begins its task's body anew.
      else if (asked - beatAt > (clocks.heartbeat ?? Infinity) * SECOND) stopFor('silent');
    } catch (error) {
      // RunLog may be away for a moment; without a renewal the right to work ends before the lease does.
      if (error instanceof LeaseLost || performance.now() - renewedAt > LEASE - RENEW_EVERY) stopFor('lost');
    }
  }

  async function show(): Promise<void> {
    if (!shown) return;
    const { id, progress } = shown;
    shown = undefined;
    await commit('progress', db, (tx) => noteProgress(tx, work, id, progress));
  }

  // A slow RunLog must not let looks pile up: whoever stops waits for the one that is under way.
  let busy = false;
  const ticking = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = look().finally(() => {
      busy = false;
    });
  }, LOOK_EVERY);

  return {
    signal: abort.signal,
    pause: () => performance.now() - started >= limits.slice || draining.aborted || abort.signal.aborted,
    flag: () => flag,
    progress: (id, progress) => {
      shown = { id, progress };
      beatAt = performance.now();
    },
    watch(task = {}, since) {
      const { timeout, heartbeat } = task;
      const lateFrom = timeout && since ? new Date(since.getTime() + timeout * SECOND) : undefined;
      clocks = { ...(heartbeat && { heartbeat }), lateFrom };
      beatAt = performance.now();
    },
    beat() {
      beatAt = performance.now();
    },
    async stop() {
      clearInterval(ticking);
      clearTimeout(hardStop);
      clearTimeout(drained);
      draining.removeEventListener('abort', onDrain);
      await looking;
    },
  };
}
