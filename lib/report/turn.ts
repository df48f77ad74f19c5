/** The turn at a table: one batch at a time, of whatever run, writes it. */
import type { Client } from 'pg';
import { table } from '../db/quote.ts';

/** The number of a turn, of a table's quoted name and the name as it was written: a name of no table has its own. */
const turnSql = (quoted: string, written: string) =>
  `hashtext(coalesce(to_regclass(${quoted})::oid::text, ${written}))`;

/** Waits for the turn at a table, however its name is written. */
export async function takeTurn(client: Client, target: string): Promise<void> {
  await client.query(
    `select pg_advisory_xact_lock(hashtext('kubescribe.turn'), ${turnSql('$1::text', '$2::text')})`,
    [table(target), target],
  );
}

/** Whether somebody wrote by the turn at a table since a commit; asked by who has it. */
export async function wasTaken(client: Client, target: string, since: number): Promise<boolean> {
  const { rows } = await client.query<{ target: string }>(
    'select distinct target from kubescribe.commits where commit_id > $1 and target is not null',
    [since],
  );
  const others = rows.map((row) => row.target);
  if (others.length === 0) return false;
  const { rowCount } = await client.query(
    `select from unnest($3::text[], $4::text[]) other (quoted, written)
      where ${turnSql('quoted', 'written')} = ${turnSql('$1::text', '$2::text')}`,
    [table(target), target, others.map(table), others],
  );
  return rowCount !== 0;
}
