/** Lets people intervene in runs, in one or many: `…/cancel`, `/replay`, `/resume`; and in what the next one goes on from. */
import { commit } from '../lib/boundary.ts';
import { cancelMany, replayMany } from '../lib/bulk/carry-out.ts';
import { endedRuns, openRuns } from '../lib/bulk/select.ts';
import * as promised from '../lib/contract/ask-for-runs.ts';
import { cancelRuns, replayRuns } from '../lib/contract/many-runs.ts';
import { resetWatermark } from '../lib/contract/watermarks.ts';
import { relay } from '../lib/events/relay.ts';
import { answerJson } from '../lib/http/answer.ts';
import { answerAsked, type Wished } from '../lib/http/answer-asked.ts';
import { answerBulk } from '../lib/http/answer-bulk.ts';
import { answerReset } from '../lib/http/answer-reset.ts';
import { answerWhenEnded } from '../lib/http/answer-when-ended.ts';
import { callerOf } from '../lib/http/caller.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { inLine } from '../lib/http/in-line.ts';
import { notPossible, unknownRun } from '../lib/http/named-run.ts';
import { HttpProblem } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { faultsOf } from '../lib/http/wish.ts';
import { findRun } from '../lib/ledger/find-run.ts';
import { cancelRun } from '../lib/requests/cancel.ts';
import { type RepeatWish, repeatRun, UnfitParams } from '../lib/requests/repeat.ts';
import { CannotRepeat, taskToResume } from '../lib/requests/replay.ts';
import { endUnattended } from '../lib/work/sweep.ts';

async function cancel(asked: Asked<typeof promised.cancelRun>, service: Service): Promise<Response> {
  const begun = performance.now();
  const runId = asked.path.run_id;
  const run = await inLine(service.runlog, () => cancelNow(asked, service));
  if (run?.status !== 'STARTED') return answerJson(run);
  return answerWhenEnded(service, asked, { runId, body: JSON.stringify(run), headers: {}, begun });
}

async function cancelNow(asked: Asked<typeof promised.cancelRun>, service: Service) {
  const { runlog, config } = service;
  const runId = asked.path.run_id;
  const { why } = asked.body;
  const caller = callerOf(asked.request, config);
  const done = await commit('cancel', runlog, (tx) => cancelRun(tx, runId, { caller, why }));
  if (done.is === 'unknown') throw unknownRun(runId);
  if (done.is === 'foreign')
    throw notPossible(runId, 'was recorded by another program, which alone can end it');
  if (done.is === 'over') throw notPossible(runId, `has ended (${done.how}) and cannot be cancelled`);

  await endUnattended(service, runId);
  await relay(service);
  return findRun(runlog, runId);
}

const replay = (asked: Asked<typeof promised.replayRun>, service: Service) =>
  repeat(asked, service, { params: asked.body.params });

const resume = (asked: Asked<typeof promised.resumeRun>, service: Service) =>
  repeat(asked, service, { from: (old, pipeline) => taskToResume(service.runlog, old, pipeline) });

type Repeating = Wished & { path: { run_id: string }; body: { why?: string | undefined } };

async function repeat(
  asked: Repeating,
  service: Service,
  how: Pick<RepeatWish, 'params' | 'from'>,
): Promise<Response> {
  const runId = asked.path.run_id;
  const caller = callerOf(asked.request, service.config);
  return answerAsked(service, asked, async (once) => {
    const wish = { ...how, why: asked.body.why, caller, once };
    const again = await repeatRun(service, runId, wish).catch(refuse(runId));
    if (!again) throw unknownRun(runId);
    return again;
  });
}

const refuse = (runId: string) => (error: unknown) => {
  if (error instanceof CannotRepeat) throw notPossible(runId, error.message);
  if (!(error instanceof UnfitParams)) throw error;
  const more = { errors: faultsOf(error.fault, '/params') };
  throw new HttpProblem({ status: 422, title: 'Unfit params', detail: error.message, more });
};

const cancelSome = (asked: Asked<typeof cancelRuns>, service: Service) =>
  answerBulk(asked, service, { action: 'runs.cancel', select: openRuns, carryOut: cancelMany });

const replaySome = (asked: Asked<typeof replayRuns>, service: Service) =>
  answerBulk(asked, service, { action: 'runs.replay', select: endedRuns, carryOut: replayMany });

export default {
  routes: [
    door(cancelRuns, cancelSome),
    door(replayRuns, replaySome),
    door(promised.cancelRun, cancel),
    door(promised.replayRun, replay),
    door(promised.resumeRun, resume),
    door(resetWatermark, answerReset),
  ],
} satisfies FunctionModule;
