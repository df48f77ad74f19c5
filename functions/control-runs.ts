/** Lets people intervene in runs: `POST /runs/{run_id}/cancel`, `…/replay`, `…/resume`. */
import * as z from 'zod';
import { commit } from '../lib/boundary.ts';
import type { RunRequest } from '../lib/db/tables.ts';
import { relay } from '../lib/events/relay.ts';
import { answerJson } from '../lib/http/answer.ts';
import { answerAsked } from '../lib/http/answer-asked.ts';
import { callerOf } from '../lib/http/caller.ts';
import { notPossible, runIdOf, unknownRun } from '../lib/http/named-run.ts';
import { HttpProblem } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { faultsOf, idempotencyKeyOf, Reason, readWish } from '../lib/http/wish.ts';
import { findRun } from '../lib/ledger/find-run.ts';
import type { Pipeline } from '../lib/pipeline/options.ts';
import { askAsPerson } from '../lib/requests/ask-as-person.ts';
import { cancelRun } from '../lib/requests/cancel.ts';
import { againOf, CannotRepeat, endedRequest, taskToResume } from '../lib/requests/replay.ts';
import { endUnattended } from '../lib/work/sweep.ts';

const Wish = z.strictObject({ why: Reason.optional() });
const ReplayWish = Wish.extend({ params: z.record(z.string(), z.unknown()).optional() });

async function cancel(request: Request, path: Record<string, string>, service: Service): Promise<Response> {
  const runId = runIdOf(path);
  const { why } = await readWish(request, Wish, '{"why": TEXT}, or nothing');

  const caller = callerOf(request, service.config);
  const done = await commit('cancel', service.runlog, (tx) => cancelRun(tx, runId, caller, why));
  if (done.is === 'unknown') throw unknownRun(runId);
  if (done.is === 'foreign')
    throw notPossible(runId, 'was recorded by another program, which alone can end it');
  if (done.is === 'over') throw notPossible(runId, `has ended (${done.how}) and cannot be cancelled`);

  await endUnattended(service, runId);
  await relay(service);
  const run = await findRun(service.runlog, runId);
  return answerJson(run, { status: run?.status === 'STARTED' ? 202 : 200 });
}

async function replay(request: Request, path: Record<string, string>, service: Service): Promise<Response> {
  const wish = await readWish(request, ReplayWish, '{"params": {…}, "why": TEXT}, or nothing');
  return repeat(request, path, service, wish, async () => undefined);
}

async function resume(request: Request, path: Record<string, string>, service: Service): Promise<Response> {
  const wish = await readWish(request, Wish, '{"why": TEXT}, or nothing');
  return repeat(request, path, service, wish, (old, pipeline) => taskToResume(service.runlog, old, pipeline));
}

/** Asks for an ended run again, by its pipeline as it is today; `from` tells the task at which it begins. */
async function repeat(
  request: Request,
  path: Record<string, string>,
  service: Service,
  { params, why }: z.infer<typeof ReplayWish>,
  from: (old: RunRequest, pipeline: Pipeline) => Promise<string | undefined>,
): Promise<Response> {
  const runId = runIdOf(path);
  const old = await endedRequest(service.runlog, runId).catch(refuse(runId));
  if (!old) throw unknownRun(runId);
  const pipeline = (await service.pipelines()).find(({ name }) => name === old.pipeline);
  if (!pipeline) throw notPossible(runId, `is of "${old.pipeline}", which no pipeline file defines any more`);
  const resumeFrom = await from(old, pipeline).catch(refuse(runId));
  const fitting = pipeline.params.safeParse(params ?? old.params);
  if (!fitting.success) throw unfit(pipeline.name, fitting.error);

  const caller = callerOf(request, service.config);
  const asking = askAsPerson(service.runlog, pipeline, {
    params: fitting.data,
    why,
    again: againOf(old, resumeFrom),
    idempotencyKey: idempotencyKeyOf(request),
    trigger: caller.trigger,
    source: service.config.source,
    requestedBy: caller.by,
    cameFrom: caller.from,
  });
  return answerAsked(service, pipeline.name, asking);
}

const refuse = (runId: string) => (error: unknown) => {
  throw error instanceof CannotRepeat ? notPossible(runId, error.message) : error;
};

const unfit = (pipeline: string, error: z.ZodError) =>
  new HttpProblem({
    status: 422,
    title: 'Unfit params',
    detail: `The params do not fit "${pipeline}".`,
    more: { errors: faultsOf(error, '/params') },
  });

export default {
  routes: [
    { method: 'POST', path: '/runs/:run_id/cancel', handle: cancel },
    { method: 'POST', path: '/runs/:run_id/replay', handle: replay },
    { method: 'POST', path: '/runs/:run_id/resume', handle: resume },
  ],
} satisfies FunctionModule;
