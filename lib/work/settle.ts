/** Settling a slice: its outcome becomes the run's next checkpoint or its end. */
import { commit } from '../boundary.ts';
import type { Json, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Service } from '../http/service.ts';
import { describeError } from '../logs/redact.ts';
import { onItsDay } from '../logs/saying.ts';
import type { Retry } from '../pipeline/options.ts';
import { BehindFence } from '../report/fence.ts';
import { LeaseLost } from './claim.ts';
import { type End, endRun, type Taken, takeForEnd } from './end.ts';
import { drawEpoch } from './epochs.ts';
import type { Cause } from './evidence.ts';
import { leave } from './leave.ts';
import { IDLE_SLICES } from './numbers.ts';
import { RunLogAway } from './on-runlog.ts';
import { noProgress, type Outcome } from './outcome.ts';
import { patiently } from './patiently.ts';
import { closeSession, raiseAndShip } from './report-session.ts';
import { countFailure, longestPause } from './retry.ts';

/** Writes down what became of a slice, through a moment's absence of RunLog. Throws LeaseLost when it may not. */
export async function settle(service: Service, work: Work, retry: Retry, outcome: Outcome): Promise<void> {
  const { runlog } = service;
  switch (outcome.is) {
    case 'lost':
      return;
    case 'done':
      // Its claim raised the fence and every COMMIT was answered: it may end under its own epoch.
      await patiently(() =>
        onItsDay(runlog, () => commit('end', runlog, (tx) => endRun(tx, work, { status: 'SUCCESS' }))),
      );
      return;
    case 'paused': {
      const { state, progressed } = outcome;
      const idleSlices = progressed ? 0 : work.idle_slices + (outcome.counted ? 1 : 0);
      if (idleSlices >= IDLE_SLICES) return finishOwn(service, work, noProgress);
      await patiently(() =>
        commit('checkpoint', runlog, (tx) => leave(tx, work, { state, idleSlices, progressed })),
      );
      return;
    }
    case 'blocked':
      await patiently(() => block(service, work, outcome.why, outcome));
      return;
    case 'failed':
      return fail(service, work, retry, outcome);
    case 'ended':
      await finishOwn(service, work, outcome.end);
  }
}

type Failure = Extract<Outcome, { is: 'failed' }>;

async function fail(service: Service, work: Work, retry: Retry, failure: Failure): Promise<void> {
  const { end, of, state, progressed } = failure;
  const failures = of && countFailure(work.failures, of);
  const pause = failures && longestPause(retry, failures, of);
  if (pause === undefined) return finishOwn(service, work, { ...end, of: of ?? 'failed' });
  // Full jitter: many that failed of one cause come back spread over the whole pause.
  const share = Math.random();
  const cause = { ...end, of };
  await patiently(() =>
    onItsDay(service.runlog, () =>
      commit('retry', service.runlog, (tx) =>
        leave(tx, work, { state, pause, share, nextAttempt: true, failures, progressed, cause }),
      ),
    ),
  );
}

type Standing = { state: Json; progressed?: boolean };

async function block(service: Service, work: Work, why: string, { state, progressed }: Standing) {
  const idleSlices = progressed ? 0 : work.idle_slices;
  await commit('block', service.runlog, (tx) =>
    leave(tx, work, { state, progressed, idleSlices, blocked: why, cause: { of: 'away', message: why } }),
  );
}

/**
 * Ends a run by a new epoch: taken, the fence raised from a fresh session where the run may have written, what is found
 * shipped, and only then the end. Without `own` it takes only what nobody works on, and leaves a moment's absence of
 * RunLog to the next sweep; `choose` may see that there is nothing to end after all.
 */
export async function finish(
  service: Service,
  runId: string,
  own: number | undefined,
  choose: (work: Taken) => End | undefined,
  died?: Cause,
): Promise<void> {
  const { runlog } = service;
  const steadily: typeof patiently = own === undefined ? (step) => step() : patiently;
  // Drawn first: a taking that landed without its answer is known again by it.
  const mine = own === undefined ? undefined : { epoch: own, next: await steadily(() => drawEpoch(runlog)) };
  const work = await steadily(() => commit('take', runlog, (tx) => takeForEnd(tx, runId, mine, died)));
  if (!work) return;
  const end = choose(work);
  if (!end) return goOn(service, work);
  try {
    if (work.touched) await closeSession(await steadily(() => raiseAndShip(service, work), isRunLogAway));
  } catch (error) {
    if (error instanceof LeaseLost) return;
    if (!(error instanceof BehindFence)) service.log.warn({ error, run: runId }, 'a run cannot be ended yet');
    await steadily(() => block(service, work, `it cannot be ended: ${describeError(error).message}`, work));
    return;
  }
  await steadily(() => onItsDay(runlog, () => commit('end', runlog, (tx: Tx) => endRun(tx, work, end))));
}

const finishOwn = (service: Service, work: Work, end: End) =>
  finish(service, work.run_id, work.epoch, () => end);

const isRunLogAway = (error: unknown) => error instanceof RunLogAway;

async function goOn(service: Service, work: Work): Promise<void> {
  await commit('take-back', service.runlog, (tx) =>
    leave(tx, work, {
      state: work.state,
      idleSlices: work.idle_slices,
      blocked: work.blocked_why ?? undefined,
      stillQueued: true,
    }),
  );
}
