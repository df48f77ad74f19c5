import { findRun } from '../ledger/find-run.ts';
import { waitForEnd } from '../requests/wait-for-end.ts';
import { answer, answerJson } from './answer.ts';
import { preferredWait } from './prefer-wait.ts';
import type { Service } from './service.ts';

const SECOND = 1000;
/** When to look again at a run that goes on, in seconds. */
const LOOK_AGAIN = 5;

/** A request whose caller may prefer to wait. */
export type Preferring = { request: Request; headers: { prefer?: string | undefined } };

/** A run that goes on: its page as JSON, and since when the request is being answered (`performance.now()`). */
export type Accepted = { runId: string; body: string; headers: Record<string, string>; begun: number };

/** 200 and the run's page when it ends within the time that the caller prefers to wait; else 202 and the page as it was. */
export async function answerWhenEnded(
  service: Service,
  { request, headers: { prefer } }: Preferring,
  { runId, body, headers, begun }: Accepted,
): Promise<Response> {
  const seconds = preferredWait(prefer);
  const accepted = (more: Record<string, string>) =>
    answer(body, { status: 202, headers: { 'content-type': 'application/json', ...headers, ...more } });
  if (seconds === undefined) return accepted({});
  const left = begun + seconds * SECOND - performance.now();
  const waited = await waitForEnd(service, runId, Math.max(0, left), request.signal);
  const applied = { ...(waited !== 'cut' && { 'preference-applied': `wait=${seconds}` }) };
  // It was asked for, whatever became of RunLog since: who is told of a failure would ask again.
  const run = waited === 'ended' && (await findRun(service.runlog, runId).catch(() => undefined));
  if (run) return answerJson(run, { headers: { ...headers, ...applied } });
  return accepted({ ...applied, 'retry-after': String(LOOK_AGAIN) });
}
