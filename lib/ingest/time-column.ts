/** Columns of the source that say when: whether they are there, and of which type. */
import type { Client } from 'pg';
import { table } from '../db/quote.ts';
import { Refusal } from '../pipeline/task.ts';

/** The type of a column of the source; refuses, in the words of the option that names it, when there is none. */
export async function typeOfColumn(
  production: Client,
  source: string,
  column: string,
  option: string,
): Promise<string> {
  const { rows } = await production.query<{ type: string }>(
    `select atttypid::regtype::text as type
       from pg_attribute where attrelid = $1::regclass and attname = $2 and attnum > 0 and not attisdropped`,
    [table(source), column],
  );
  if (rows[0]) return rows[0].type;
  throw new Refusal('NO_TIME_COLUMN', `${source} has no column "${column}", which "${option}" names.`);
}

/** Whether a column of this type can be compared with an instant, by an index on it too. */
export const isTime = (type: string): boolean => /^(timestamp|date)/.test(type);
