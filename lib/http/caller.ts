/** Who calls: named by a header that the door in front sets, until callers sign in. */
import type { Config } from '../config.ts';
import type { Trigger } from '../db/tables.ts';
import { oneLine } from '../mail/one-line.ts';

const LONGEST_NAME = 200;

export type Caller = {
  /** A person's name, or by which way an unnamed one came. */
  by: string;
  /** From where: the way, and the addresses that the proxies in front saw. */
  from: string;
  /** What a run that they ask for is triggered by. */
  trigger: Exclude<Trigger, 'cron'>;
};

/**
 * The caller of a request. Anybody can write any header: none names anybody unless the settings say which one the door
 * in front writes, or takes away, in every request that passes.
 */
export function callerOf(request: Request, { callerHeader }: Pick<Config, 'callerHeader'>): Caller {
  const way = request.headers.get('x-kubescribe-client') === 'cli' ? 'CLI' : 'HTTP';
  const user = callerHeader && said(request, callerHeader);
  const addresses = callerHeader && said(request, 'x-forwarded-for');
  return {
    by: user || `somebody by ${way === 'CLI' ? 'the CLI' : way}`,
    from: addresses ? `${way} ${addresses}` : way,
    trigger: way === 'CLI' ? 'manual' : 'api',
  };
}

const said = (request: Request, header: string) => oneLine(request.headers.get(header) ?? '', LONGEST_NAME);
