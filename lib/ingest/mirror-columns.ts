/** The columns of a table and of its mirror, and whether they can go over as the bytes that the servers keep. */
import type { Client } from 'pg';
import { table } from '../db/quote.ts';
import { Refusal } from '../pipeline/task.ts';

type Column = { name: string; type: number; generated: boolean };

/** Types from here on were made by users: their numbers mean something else in each database. */
const FIRST_OF_USERS = 16384;

export type Mirrored = { columns: string[]; format: 'binary' | 'text' };

/** What is to be copied, and how. Throws a Refusal when a table is missing, or the mirror lacks a column. */
export async function mirroredColumns(
  production: Client,
  report: Client,
  { from, into }: { from: string; into: string },
): Promise<Mirrored> {
  const source = await columnsOf(production, from);
  const target = await columnsOf(report, into);
  if (source.length === 0) throw new Refusal('NO_TABLE', `Production has no table ${from} with columns.`);
  if (target.length === 0)
    throw new Refusal('NO_TABLE', `The report database has no table ${into} with columns.`);
  const lacking = source.filter(({ name }) => !target.some((column) => column.name === name));
  if (lacking.length > 0)
    throw new Refusal(
      'COLUMN_GONE',
      `${into} lacks columns that ${from} has: ${lacking.map(({ name }) => name).join(', ')}.`,
    );
  const pairs = source
    .map((given) => ({ given, kept: target.find(({ name }) => name === given.name)! }))
    // What the mirror computes itself cannot be written.
    .filter(({ kept }) => !kept.generated);
  const alike = pairs.every(({ given, kept }) => given.type === kept.type && kept.type < FIRST_OF_USERS);
  return { columns: pairs.map(({ given }) => given.name), format: alike ? 'binary' : 'text' };
}

async function columnsOf(client: Client, name: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `select attname as name, atttypid::int8 as type, attgenerated <> '' as generated
       from pg_attribute
      where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [table(name)],
  );
  return rows;
}
