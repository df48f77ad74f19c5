/** How many rows each table holds, and a sum over all of them that any order of rows gives. */
import type { ClientBase } from 'pg';

export type Counted = { name: string; rows: number; checksum: string };

/** How values are written as text, the same in each session that is compared. */
export const SETTLED = `set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres';
  set extra_float_digits = 1; set bytea_output = 'hex'; set search_path = public; set client_encoding = 'UTF8'`;

/** 128 bits of each row's SHA-256, joined by exclusive or. */
const BITS = 128;

/** Counts a table; `all` are its columns in the order in which they are summed up. */
export async function countTable(
  client: ClientBase,
  { name, all }: { name: string; all: readonly string[] },
): Promise<Counted> {
  const { rows } = await client.query<{ rows: string; bits: string | null }>(
    `select count(*)::text as rows,
            bit_xor(('x' || left(encode(sha256(convert_to(row(${all.join(', ')})::text, 'UTF8')), 'hex'), ${BITS / 4}))
                    ::bit(${BITS}))::text as bits
       from ${name}`,
  );
  const { rows: count, bits } = rows[0]!;
  const checksum = BigInt(`0b${bits ?? '0'}`)
    .toString(16)
    .padStart(BITS / 4, '0');
  return { name, rows: Number(count), checksum };
}

/** What differs from what was counted before, in words; `noted` says how the columns were called then. */
export async function differences(
  client: ClientBase,
  noted: readonly (Counted & { all: readonly string[] })[],
): Promise<string[]> {
  const found: string[] = [];
  for (const before of noted) {
    const now = await countTable(client, before);
    if (now.rows !== before.rows) found.push(`${before.name} has ${now.rows} rows instead of ${before.rows}`);
    else if (now.checksum !== before.checksum)
      found.push(`${before.name} has as many rows, but not the same ones`);
  }
  return found;
}
