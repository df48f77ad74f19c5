/** Whether the database understands a statement; nothing of it is done. */
import type { Client, FieldDef } from 'pg';
import { describeError } from '../logs/redact.ts';

/** Why a statement cannot be: undefined when it can. */
export async function faultOf(client: Client, sql: string): Promise<string | undefined> {
  const answer = await inTrial(client, `explain (generic_plan) ${sql}`);
  return typeof answer === 'string' ? answer : undefined;
}

/** The columns that a query has, or why it cannot be. */
export async function columnsOf(
  client: Client,
  query: string,
): Promise<{ name: string; type: string }[] | string> {
  const answer = await inTrial(client, `select * from (${query}\n) ks_asked limit 0`);
  if (typeof answer === 'string') return answer;
  const { rows } = await client.query<{ type: string }>(
    'select format_type(oid, null) as type from unnest($1::oid[]) with ordinality as each (oid, at) order by at',
    [answer.map(({ dataTypeID }) => dataTypeID)],
  );
  return answer.map(({ name }, i) => ({ name, type: rows[i]?.type ?? 'text' }));
}

/** As one statement, whatever stands in it, and undone. */
async function inTrial(client: Client, text: string): Promise<FieldDef[] | string> {
  await client.query('begin read only');
  try {
    const query = { text, queryMode: 'extended' };
    const { fields } = await client.query(query);
    return fields;
  } catch (error) {
    return describeError(error).message;
  } finally {
    await client.query('rollback');
  }
}
