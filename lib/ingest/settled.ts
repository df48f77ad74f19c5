/** Which rows of a source lie in a window: by the transactions that wrote them, and by a hint at their time. */
import type { Client } from 'pg';
import { ident, literal } from '../db/quote.ts';
import { Refusal } from '../pipeline/task.ts';
import type { IngestSpec } from './spec.ts';
import { isTime, typeOfColumn } from './time-column.ts';

/** The horizon before the first window. */
export const ALL = '0';
/** Rows carry 32 bits of their transaction's id, horizons all 64. */
const CIRCLE = 2n ** 32n;
/** The server counts the age of a transaction up to here. */
const OLDEST = 2n ** 31n;

type Horizons = { previousHorizon: string; horizon: string; newest: string };

/** The condition (` and …`) that a row's transaction lies in [previous horizon, horizon); nothing for the first window. */
export function settledSql({ previousHorizon, horizon, newest }: Horizons): string {
  const [previous, end] = [BigInt(previousHorizon), BigInt(horizon)];
  if (previousHorizon === ALL || end - previous >= CIRCLE) return '';
  const ages = agesOf(previous, end, BigInt(newest));
  if (ages) return ` and age(xmin) between ${ages.youngest} and ${ages.oldest}`;
  // Ages on the circle, seen from the horizon: 1 is the newest settled transaction.
  const age = `((${end % CIRCLE} - xmin::text::bigint + ${CIRCLE}) % ${CIRCLE})`;
  return ` and ${age} between 1 and ${end - previous}`;
}

/**
 * The ages, as the server counts them from its newest transaction, of those in [previous, horizon): half the price of
 * their ids, and of no use beyond the half of the circle.
 */
function agesOf(previous: bigint, horizon: bigint, newest: bigint) {
  const [youngest, oldest] = [newest - horizon + 1n, newest - previous];
  return oldest < OLDEST ? { youngest, oldest } : undefined;
}

/** The condition (` and …`) of a look-back, for the index on its column; rows without a time are as old as any. */
export async function lookBackSql(
  production: Client,
  { from }: IngestSpec,
  since: string | null,
): Promise<string> {
  if (!from.lookBack || since === null) return '';
  const { column, seconds } = from.lookBack;
  const type = await typeOfColumn(production, from.table, column, 'from.lookBack');
  if (!isTime(type))
    throw new Refusal(
      'NO_TIME_COLUMN',
      `"${column}" of ${from.table}, which "from.lookBack" names, is of type ${type}: it must be a time.`,
    );
  const time = ident(column);
  return ` and (${time} is null or ${time} >= ${literal(since)}::timestamptz - interval '${seconds} seconds')`;
}
