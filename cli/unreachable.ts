import { redact } from '../lib/logs/redact.ts';

const SECOND = 1000;
/** A server may be replaced while something is followed; one that stays away longer, in ms, is given up. */
export const OUTAGE = 60 * SECOND;

/** Nothing answered: `what` is the fact alone, the message also says what to do. */
export class Unreachable extends Error {
  readonly what: string;
  constructor(what: string, mend: string, options?: ErrorOptions) {
    super(what + mend, options);
    this.what = what;
  }
}

/** Why there was no answer from an address within `patience`. */
export function unreachable(address: string, patience: number, cause: unknown): Unreachable {
  const url = redact(address);
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new Unreachable(`${url} did not answer within ${patience / SECOND} s`, '.', { cause });
  }
  const mend = ': start it with `make run`, or say where it is with --url.';
  return new Unreachable(`Nothing answers at ${url} (${reason(cause)})`, mend, { cause });
}

/** The shortest true word for a failed request: ECONNREFUSED, ENOTFOUND, … */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error.cause ? reason(error.cause) : error.message;
}
