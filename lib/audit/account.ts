import { hostname, userInfo } from 'node:os';
import type { Actor } from './record.ts';

/** Who runs this program, by the account of the machine it runs on. */
export const accountOf = (program: string): Actor => ({
  by: accountName(),
  from: `${program} on ${hostname()}`,
});

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have a number alone.
    return `user ${process.getuid?.() ?? 'without a number'}`;
  }
}
