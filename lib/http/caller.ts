/** Who calls: named by a header that the door in front sets, until callers sign in. */
import type { Trigger } from '../db/tables.ts';

const LONGEST_NAME = 200;

type Caller = {
  /** A person's name, or by which way an unnamed one came. */
  by: string;
  /** What a run that they ask for is triggered by. */
  trigger: Exclude<Trigger, 'cron'>;
};

/** The caller of a request. */
export function callerOf(request: Request): Caller {
  const cli = request.headers.get('x-kubescribe-client') === 'cli';
  const user = request.headers.get('x-forwarded-user')?.trim().slice(0, LONGEST_NAME);
  return { by: user || (cli ? 'somebody by the CLI' : 'somebody by HTTP'), trigger: cli ? 'manual' : 'api' };
}
