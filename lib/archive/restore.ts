/** Bringing a month back from its file, whole or not at all. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { commitOn } from '../boundary.ts';
import { ident } from '../db/quote.ts';
import { type Contents, readContents, unpacked, verifyFile } from './file.ts';

/** Restores a month; it stays for so many days, and then goes again without being written anew. */
export async function restoreMonth(client: Client, file: string, days: number): Promise<Contents> {
  const contents = await readContents(file);
  await verifyFile(file, contents);
  await client.query('begin');
  try {
    await load(client, contents, file);
    await hold(client, contents, file, days);
    await commitOn('restore-archive', client);
    return contents;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function load(
  client: Client,
  { part, table_name, columns, from_time, until_time, rows }: Contents,
  file: string,
) {
  const [own, parent] = [`operation_logs.${ident(part)}`, `operation_logs.${ident(table_name)}`];
  const { rows: there } = await client.query('select from pg_class where oid = to_regclass($1)', [own]);
  if (there.length > 0) throw new Error(`${part} is there already: nothing was restored.`);
  await client.query(`create table ${own} (like ${parent} including defaults including constraints)`);
  // Upkeep lets it go again by the right of whom the others belong to.
  await client.query(`
    do $$ begin execute format('alter table ${own} owner to %s', (
      select relowner::regrole from pg_class where oid = '${parent}'::regclass)); end $$`);
  const copy = client.query(copyFrom(`copy ${own} (${columns.map(ident).join(', ')}) from stdin`));
  await pipeline(Readable.from(unpacked(file)), copy);
  const { rowCount } = await client.query(`select where (select count(*) from ${own}) = $1`, [rows]);
  if (rowCount === 0) throw new Error(`${part} has not the ${rows} rows of its file: nothing was restored.`);
  await client.query(
    `alter table ${parent} attach partition ${own} for values from ('${from_time}') to ('${until_time}')`,
  );
}

/** RunLog may have forgotten the file, or be another one. */
async function hold(client: Client, contents: Contents, file: string, days: number): Promise<void> {
  const { part, table_name, from_time, until_time, rows, sha256, columns } = contents;
  await client.query(
    `insert into evidence_archives
       (part, table_name, from_time, until_time, file, rows, bytes, sha256, columns, held_until)
     values ($1, $2, $3, $4, $5, $6, 0, $7, $8, clock() + $9::int * interval '1 day')
         on conflict (part) do update set dropped_at = null, held_until = excluded.held_until`,
    [part, table_name, from_time, until_time, file, rows, sha256, columns, days],
  );
}
