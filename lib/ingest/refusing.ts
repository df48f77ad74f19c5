/** Rows that the target does not take: a check, a reference, a trigger, a length. */
import type { Client } from 'pg';
import { sqlState } from '../db/sqlstate.ts';
import { Refusal } from '../pipeline/task.ts';
import { idsToWrite, merge } from './merge.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

/** Classes of errors that are of the values of a row: data exceptions, broken constraints, what triggers raise, limits. */
const OF_ROWS = /^(22|23|44|54|P0)/;
/** A target that takes none of so many is not asked about each of the others. */
const MOST = 1000;

export type Refused = { code: string; constraint: string | undefined; message: string };

/** Whether a statement failed by what was to be written, not by where or when. */
export const isOfRows = (error: unknown): boolean => OF_ROWS.test(sqlState(error) ?? '');

/**
 * Finds the rows that the target does not take, by halves, in their order; what it takes is written until somebody takes
 * all of it back. What was refused as a whole and is taken row by row is nobody's.
 */
export async function findRefused(
  client: Client,
  spec: IngestSpec,
  part: Part,
  commitId: number,
): Promise<Map<string, Refused>> {
  const ids = await idsToWrite(client, part);
  const refused = new Map<string, Refused>();
  const search = async (from: number, until: number): Promise<void> => {
    if (from > until) return;
    await client.query('savepoint ks_try');
    try {
      await merge(client, spec, part, commitId, { between: { from: ids[from]!, until: ids[until]! } });
      await client.query('set constraints all immediate; release savepoint ks_try');
    } catch (error) {
      if (!isOfRows(error)) throw error;
      await client.query('rollback to savepoint ks_try; release savepoint ks_try');
      if (from === until) return note(refused, spec, ids[from]!, error);
      const middle = Math.floor((from + until) / 2);
      await search(from, middle);
      await search(middle + 1, until);
    }
  };
  await search(0, ids.length - 1);
  return refused;
}

function note(refused: Map<string, Refused>, { into }: IngestSpec, id: string, error: unknown): void {
  const { message, constraint } = error as Error & { constraint?: string };
  refused.set(id, { code: sqlState(error) ?? '', constraint, message });
  if (refused.size <= MOST) return;
  throw new Refusal(
    'TARGET_REFUSES',
    `${into} refuses more than ${MOST} rows of a batch. The last time: ${message}`,
  );
}
