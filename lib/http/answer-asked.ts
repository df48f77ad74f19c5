/** Answers to wishes for runs: 202 and the run's page, why there is none, or what was told the first time. */
import * as z from 'zod';
import type { Db } from '../db/connect.ts';
import { relay } from '../events/relay.ts';
import { findRun } from '../ledger/find-run.ts';
import type { Asked, Once } from '../requests/ask-as-person.ts';
import { type FirstAnswer, findFirstAnswer, KeyReused, questionOf } from '../requests/asked-once.ts';
import { type Accepted, answerWhenEnded, type Preferring } from './answer-when-ended.ts';
import { inLine } from './in-line.ts';
import { HttpProblem } from './problem.ts';
import type { Service } from './service.ts';

/** A request for a run, read by the contract of its door. */
export type Wished = Preferring & {
  headers: { 'idempotency-key'?: string | undefined };
  path?: object | undefined;
  body: object;
};

/** Asks for a run, once a key; waits for its end as long as the caller prefers to; and answers. */
export async function answerAsked(
  service: Service,
  wished: Wished,
  ask: (once: Once | undefined) => Promise<Asked>,
): Promise<Response> {
  const begun = performance.now();
  const asking = () => askOnce(service, wished, ask).catch(refuseReuse);
  const { runId, told, repeated } = await inLine(service.runlog, asking);
  const { status, location, body } = told;
  const headers = {
    ...(location && { location }),
    ...(repeated && { 'idempotent-replayed': 'true' }),
  };
  if (status >= 400) {
    const { title, detail, more } = Refusal.parse(JSON.parse(body));
    throw new HttpProblem({ status, title, detail, more, headers });
  }
  const accepted: Accepted = { runId, body, headers, begun };
  return answerWhenEnded(service, wished, accepted);
}

async function askOnce(
  service: Service,
  { request, headers, body }: Wished,
  ask: (once: Once | undefined) => Promise<Asked>,
) {
  const { runlog } = service;
  const key = headers['idempotency-key'];
  const question =
    key === undefined ? undefined : questionOf(key, { at: new URL(request.url).pathname, body });
  const before = question && (await findFirstAnswer(runlog, question));
  if (before) return { runId: before.run_id ?? '', told: before, repeated: true };
  const { told, ...asked } = await ask(question && { ...question, tell });
  await relay(service);
  return { ...asked, told: told ?? (await tell(runlog, asked)) };
}

/** What is told of a wish for a run. */
async function tell(db: Db, asked: Asked): Promise<FirstAnswer> {
  const { runId, state, liveRun } = asked;
  if (state !== 'skipped') {
    const run = await findRun(db, runId);
    return { status: 202, location: `/runs/${runId}`, body: JSON.stringify(run) };
  }
  const live = liveRun && `/runs/${liveRun}`;
  const refusal: z.infer<typeof Refusal> = {
    title: 'Run skipped',
    detail: `"${asked.pipeline}" was not started: ${asked.why}.`,
    more: { run: `/runs/${runId}`, ...(live && { live_run: live }) },
  };
  return { status: 409, location: live ?? null, body: JSON.stringify(refusal) };
}

const Refusal = z.object({
  title: z.literal('Run skipped'),
  detail: z.string(),
  more: z.record(z.string(), z.unknown()),
});

/** A key that was used for something else is a 422. */
export function refuseReuse(error: unknown): never {
  if (!(error instanceof KeyReused)) throw error;
  throw new HttpProblem({ status: 422, title: 'Idempotency key reused', detail: error.message });
}
