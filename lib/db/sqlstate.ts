/** The codes of PostgreSQL that we answer to. */
export const UNIQUE_VIOLATION = '23505';
export const FOREIGN_KEY_VIOLATION = '23503';
/** No partition takes the row, among others. */
export const CHECK_VIOLATION = '23514';
export const LOCK_NOT_AVAILABLE = '55P03';
const ADMIN_SHUTDOWN = '57P01';
const CRASH_SHUTDOWN = '57P02';
const CANNOT_CONNECT_NOW = '57P03';
const TOO_MANY_CONNECTIONS = '53300';
const INVALID_PASSWORD = '28P01';
const INVALID_AUTHORIZATION = '28000';
const NO_SUCH_DATABASE = '3D000';

const away = new Set([
  ADMIN_SHUTDOWN,
  CRASH_SHUTDOWN,
  CANNOT_CONNECT_NOW,
  TOO_MANY_CONNECTIONS,
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);
const refused = new Set([INVALID_PASSWORD, INVALID_AUTHORIZATION, NO_SUCH_DATABASE]);

/** The code of a driver's error, were it wrapped or not. */
export function sqlState(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return sqlState(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** The server could not be reached, or went away in mid-sentence: what we asked may or may not have happened. */
export function isAway(error: unknown): boolean {
  const code = sqlState(error);
  if (code !== undefined) return away.has(code);
  // node-postgres names these by message alone.
  return (
    error instanceof Error &&
    /^(Connection terminated|timeout e(xceeded|xpired)|Client has encountered|Query read timeout)/i.test(
      error.message,
    )
  );
}

/** The server answered and does not let us in. */
export function isRefused(error: unknown): boolean {
  return refused.has(sqlState(error) ?? '');
}
