import { isAway, sqlState } from '../../lib/db/sqlstate.ts';
import { describeError } from '../../lib/logs/redact.ts';
import { type Finding, fail } from './finding.ts';

type Where = { name: string; url: string; given: string | undefined };

/** Why a database does not let us in, and what to do; `given` is the variable that names it, if one does. */
export function explain(error: unknown, { name, url, given }: Where): Finding {
  const right = given ? `put the right one into ${given}` : 'start it again with `make run`';
  const { username, pathname } = new URL(url);
  switch (sqlState(error)) {
    case '28P01':
    case '28000':
      return fail(`${name}: ${place(url)} refuses user "${username}" or its password`, right);
    case '3D000':
      return fail(
        `${name}: there is no database "${pathname.slice(1)}" at ${place(url)}`,
        `create it, or ${right}`,
      );
    case '53300':
      return fail(
        `${name}: ${place(url)} has no connection left`,
        'raise max_connections, or close sessions',
      );
  }
  if (isAway(error)) {
    const start = given ? `start that server, or ${right}` : right;
    return fail(`${name}: nothing answers at ${place(url)} (${sqlState(error) ?? 'no answer'})`, start);
  }
  return fail(`${name}: ${place(url)}: ${describeError(error).message}`, right);
}

/** Host, port and database of a URL, without user, password and options. */
export function place(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}
