/** Writing months of evidence to files before they are deleted. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { writeWhole } from '../backup/whole-file.ts';
import { commitOn } from '../boundary.ts';
import { copyOut } from '../db/copy-out.ts';
import { ident } from '../db/quote.ts';
import { besides, type Contents, ENDING, measured, verifyFile } from './file.ts';
import { countOf, dueMonths, type Month } from './months.ts';

/** Writes each month that is due to a file of its own, reads that back, and notes it; yields as it goes. */
export async function* archiveDue(
  client: Client,
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<Contents> {
  const months = await dueMonths(client);
  if (months.length > 0) await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const month of months) {
    signal.throwIfAborted();
    yield await archiveMonth(client, folder, month, signal);
  }
}

async function archiveMonth(
  client: Client,
  folder: string,
  month: Month,
  signal: AbortSignal,
): Promise<Contents> {
  await client.query('begin isolation level repeatable read');
  try {
    const { now, columns } = await about(client, month);
    const file = join(folder, `${month.part}-${now}${ENDING}`);
    const { bytes, ...read } = await write(client, month, columns, file, signal);
    const contents: Contents = { format: 1, ...month, columns, ...read };
    await writeWhole(besides(file), [`${JSON.stringify(contents, null, 2)}\n`]);
    await verifyFile(file, contents);
    await note(client, contents, file, bytes);
    await commitOn('archive', client);
    return contents;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function about(client: Client, { table_name }: Month): Promise<{ now: string; columns: string[] }> {
  const { rows } = await client.query<{ now: string; columns: string[] }>(
    `select to_char(clock() at time zone 'UTC', 'YYYYMMDD"T"HH24MISS') as now,
            array_agg(attname::text order by attnum) as columns
       from pg_attribute
      where attrelid = to_regclass(format('operation_logs.%I', $1::text)) and attnum > 0 and not attisdropped`,
    [table_name],
  );
  return rows[0]!;
}

async function write(
  client: Client,
  month: Month,
  columns: readonly string[],
  file: string,
  signal: AbortSignal,
) {
  const names = columns.map(ident);
  const rows = copyOut(
    client,
    `copy (select ${names.join(', ')} from operation_logs.${ident(month.table_name)}
            where log_time >= '${month.from_time}' and log_time < '${month.until_time}'
            order by log_time, ${names[0]}) to stdout`,
  );
  const counting = measured();
  const { bytes } = await writeWhole(file, counting.through(rows), { through: createGzip(), signal });
  return { bytes, ...counting.done() };
}

/** The count is of the same snapshot as the file. */
async function note(client: Client, contents: Contents, file: string, bytes: number): Promise<void> {
  const { part, table_name, from_time, until_time, rows, sha256, columns } = contents;
  const count = await countOf(client, contents);
  if (count !== rows) throw new Error(`${file} has ${rows} rows, and ${part} has ${count}.`);
  await client.query(
    `insert into evidence_archives as kept
       (part, table_name, from_time, until_time, file, rows, bytes, sha256, columns)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (part) do update
        set file = excluded.file, rows = excluded.rows, bytes = excluded.bytes, sha256 = excluded.sha256,
            columns = excluded.columns, archived_at = clock(), dropped_at = null, held_until = null`,
    [part, table_name, from_time, until_time, file, rows, bytes, sha256, columns],
  );
}
