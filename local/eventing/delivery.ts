import type { Delivery } from '../manifests/manifest.ts';
import { eventHeaders, type WireEvent } from './wire-event.ts';

/** What a subscriber said; `silenced` when the Broker's filter replaced it by a status of its own. */
export type Answered = { status: number; headers: Headers; body: Uint8Array; silenced?: boolean };

/** What came of one POST: an answer, or none at all; `cut` when we ended it ourselves. */
export type Answer = Answered | { error: string; cut: boolean };

/** One try to deliver, as it is told to the log and the tap. */
export type Attempt = { number: number; status: number | null; error: string | null; ms: number };

/** Waits between two tries; false, at once, when there shall be no other (the signal aborted, or a stop). */
export type Wait = (ms: number, signal: AbortSignal) => Promise<boolean>;

/** The ways in which a delivery can be watched and ended. */
export type Sending = {
  wait: Wait;
  /** Ends the tries: the one under way is cut, no other begins. */
  signal: AbortSignal;
  onAttempt?(attempt: Attempt): void;
  /** Statuses after which to try again; what a Broker does by default. */
  retried?(status: number): boolean;
  /** May replace an answer before it counts. */
  judge?(answer: Answer): Answer;
};

const SERVER_ERROR = 500;
const RETRIED = new Set([404, 408, 409, 429]);

/** Statuses after which a Broker tries again. */
function isRetried(status: number): boolean {
  return status >= SERVER_ERROR || RETRIED.has(status);
}

/** Whether an answer is a 2xx. */
export function isSuccess(answer: Answer): answer is Answered {
  return 'status' in answer && answer.status >= 200 && answer.status < 300;
}

/** The pause before the n-th retry, counted from 0: d, 2d, 4d, or 0, d, 2d; none without policy and delay. */
function backoff(delivery: Pick<Delivery, 'backoffPolicy' | 'backoffDelay'>, retry: number): number {
  const { backoffPolicy, backoffDelay } = delivery;
  if (!backoffPolicy || backoffDelay === undefined) return 0;
  return backoffPolicy === 'linear' ? backoffDelay * retry : backoffDelay * 2 ** retry;
}

/** POSTs an event in binary mode until it is taken, refused for good, or out of retries; gives the last answer. */
export async function sendEvent(
  url: string,
  event: WireEvent,
  headers: Record<string, string>,
  delivery: Pick<Delivery, 'retry' | 'backoffPolicy' | 'backoffDelay' | 'timeout'>,
  sending: Sending,
): Promise<Answer> {
  for (let retry = 0; ; retry += 1) {
    const started = performance.now();
    const raw = await post(url, event, headers, delivery.timeout, sending.signal);
    const answer = sending.judge?.(raw) ?? raw;
    sending.onAttempt?.({
      number: retry + 1,
      status: 'status' in answer ? answer.status : null,
      error: 'error' in answer ? answer.error : null,
      ms: Math.round(performance.now() - started),
    });
    const again = 'error' in answer || (sending.retried ?? isRetried)(answer.status);
    if (!again || retry >= delivery.retry || sending.signal.aborted) return answer;
    if (!(await sending.wait(backoff(delivery, retry), sending.signal))) {
      return { error: 'given up: the platform stops', cut: true };
    }
  }
}

async function post(
  url: string,
  event: WireEvent,
  extra: Record<string, string>,
  timeout: number | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const headers = eventHeaders(event);
  for (const [name, value] of Object.entries(extra)) headers.set(name, value);
  const limits = timeout ? [signal, AbortSignal.timeout(timeout)] : [signal];
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: new Uint8Array(event.data),
      redirect: 'manual',
      signal: AbortSignal.any(limits),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: new Uint8Array(await response.arrayBuffer()),
    };
  } catch (error) {
    return { error: reasonOf(error, timeout), cut: signal.aborted };
  }
}

function reasonOf(error: unknown, timeout: number | undefined): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeout} ms`;
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
