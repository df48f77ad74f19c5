/** Settling a slice: its outcome becomes the run's next checkpoint or its end. */
import { commit } from '../boundary.ts';
import type { Json, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Service } from '../http/service.ts';
import { describeError } from '../logs/redact.ts';
import type { Retry } from '../pipeline/options.ts';
import { LeaseLost } from './claim.ts';
import { type End, endRun, type Taken, takeForEnd } from './end.ts';
import { BehindFence } from './fence.ts';
import { leave } from './leave.ts';
import { IDLE_SLICES } from './numbers.ts';
import { noProgress, type Outcome } from './outcome.ts';
import { raiseAndShip } from './report-session.ts';
import { countFailure, longestPause } from './retry.ts';

/** Writes down what became of a slice. */
export async function settle(service: Service, work: Work, retry: Retry, outcome: Outcome): Promise<void> {
  switch (outcome.is) {
    case 'lost':
      return;
    case 'done':
      // Its claim raised the fence and every COMMIT was answered: it may end under its own epoch.
      await commit('end', service.runlog, (tx) => endRun(tx, work, { status: 'SUCCESS' }));
      return;
    case 'paused': {
      const idleSlices = outcome.progressed ? 0 : work.idle_slices + (outcome.counted ? 1 : 0);
      if (idleSlices >= IDLE_SLICES) return finish(service, work.run_id, work.epoch, () => noProgress);
      await commit('checkpoint', service.runlog, (tx) =>
        leave(tx, work, { state: outcome.state, idleSlices, progressed: outcome.progressed }),
      );
      return;
    }
    case 'blocked':
      await block(service, work, outcome.why, outcome);
      return;
    case 'failed':
      return fail(service, work, retry, outcome);
    case 'ended':
      await finish(service, work.run_id, work.epoch, () => outcome.end);
  }
}

type Failure = Extract<Outcome, { is: 'failed' }>;

async function fail(service: Service, work: Work, retry: Retry, failure: Failure): Promise<void> {
  const { of, state, progressed } = failure;
  const failures = of && countFailure(work.failures, of);
  const pause = failures && longestPause(retry, failures, of);
  if (pause === undefined) return finish(service, work.run_id, work.epoch, () => failure.end);
  // Full jitter: many that failed of one cause come back spread over the whole pause.
  const share = Math.random();
  await commit('retry', service.runlog, (tx) =>
    leave(tx, work, { state, pause, share, nextAttempt: true, failures, progressed }),
  );
}

type Standing = { state: Json; progressed?: boolean };

async function block(service: Service, work: Work, why: string, { state, progressed }: Standing) {
  await commit('block', service.runlog, (tx) =>
    leave(tx, work, { state, progressed, blocked: why, idleSlices: progressed ? 0 : work.idle_slices }),
  );
}

/**
 * Ends a run by a new epoch: taken, the fence raised from a fresh session where the run may have written, what is found
 * shipped, and only then the end. Without `own` it takes only what nobody works on; `choose` may see that there is
 * nothing to end after all.
 */
export async function finish(
  service: Service,
  runId: string,
  own: number | undefined,
  choose: (work: Taken) => End | undefined,
): Promise<void> {
  const work = await commit('take', service.runlog, (tx) => takeForEnd(tx, runId, own));
  if (!work) return;
  const end = choose(work);
  if (!end) return goOn(service, work);
  try {
    if (work.touched) {
      const report = await raiseAndShip(service, work);
      await report.end().catch(() => {});
    }
  } catch (error) {
    if (error instanceof LeaseLost) return;
    if (!(error instanceof BehindFence)) service.log.warn({ error, run: runId }, 'a run cannot be ended yet');
    await block(service, work, `it cannot be ended: ${describeError(error).message}`, work);
    return;
  }
  await commit('end', service.runlog, (tx: Tx) => endRun(tx, work, end));
}

async function goOn(service: Service, work: Work): Promise<void> {
  await commit('take-back', service.runlog, (tx) =>
    leave(tx, work, {
      state: work.state,
      idleSlices: work.idle_slices,
      blocked: work.blocked_why ?? undefined,
    }),
  );
}
