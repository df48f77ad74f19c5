/** Who calls: named by a header that the door in front sets, until callers sign in. */
import type { Trigger } from '../db/tables.ts';

const LONGEST_NAME = 200;

export type Caller = {
  /** A person's name, or by which way an unnamed one came. */
  by: string;
  /** From where: the door, and the address that the proxy in front saw. */
  from: string;
  /** What a run that they ask for is triggered by. */
  trigger: Exclude<Trigger, 'cron'>;
};

/** The caller of a request. */
export function callerOf(request: Request): Caller {
  const door = request.headers.get('x-kubescribe-client') === 'cli' ? 'CLI' : 'HTTP';
  const user = said(request, 'x-forwarded-user');
  const address = said(request, 'x-forwarded-for')?.split(',')[0];
  return {
    by: user || `somebody by ${door === 'CLI' ? 'the CLI' : door}`,
    from: address ? `${door} ${address}` : door,
    trigger: door === 'CLI' ? 'manual' : 'api',
  };
}

const said = (request: Request, header: string) =>
  request.headers.get(header)?.trim().slice(0, LONGEST_NAME) || undefined;
