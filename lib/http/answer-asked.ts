import { relay } from '../events/relay.ts';
import { findRun } from '../ledger/find-run.ts';
import { type Asked, KeyReused } from '../requests/ask-as-person.ts';
import { answerJson } from './answer.ts';
import { HttpProblem } from './problem.ts';
import type { Service } from './service.ts';

/** The answer to a wish for a run: 202 and its page, or why there is none. */
export async function answerAsked(service: Service, pipeline: string, asking: Promise<Asked>) {
  const asked = await asking.catch((error: unknown) => {
    if (!(error instanceof KeyReused)) throw error;
    throw new HttpProblem({ status: 422, title: 'Idempotency key reused', detail: error.message });
  });
  if (asked.state === 'skipped') {
    const live = asked.liveRun && `/runs/${asked.liveRun}`;
    throw new HttpProblem({
      status: 409,
      title: 'Run skipped',
      detail: `"${pipeline}" was not started: ${asked.why}.`,
      more: { run: `/runs/${asked.runId}`, ...(live && { live_run: live }) },
      headers: live ? { location: live } : {},
    });
  }
  await relay(service);
  const run = await findRun(service.runlog, asked.runId);
  return answerJson(run, { status: 202, headers: { location: `/runs/${asked.runId}` } });
}
