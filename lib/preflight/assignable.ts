import type { Client } from 'pg';

/** Whether a column of one type takes values of another as they are. */
export async function assignable(client: Client, from: string, to: string): Promise<boolean> {
  const { rows } = await client.query<{ fits: boolean }>(
    `select $1::regtype = $2::regtype or exists (
       select from pg_cast where castsource = $1::regtype and casttarget = $2::regtype and castcontext <> 'e') or exists (
       select from pg_type where oid = $2::regtype and typcategory = 'S') as fits`,
    [from, to],
  );
  return rows[0]?.fits ?? false;
}
