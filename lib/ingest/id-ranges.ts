/** Ranges of a source's ids, and what a table is like in each of them: how many rows, and a hash of their versions. */
import type { Client } from 'pg';
import { ident } from '../db/quote.ts';

/** [low, until); ids are texts, since they may leave the integers that are safe in JavaScript. */
export type IdRange = { low: string; until: string | null };

export type Sums = { rows: number; hash: string };

/** Ranges of which each begins where the one before ends, from the lowest of each and where the last one ends. */
export const rangesOf = (lows: readonly string[], end: string | null): IdRange[] =>
  lows.map((low, i) => ({ low, until: lows[i + 1] ?? end }));

/** The condition that an id lies in one of the ranges, which come in their order. */
export function withinSql(id: string, ranges: readonly IdRange[]): string {
  const joined: IdRange[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last && last.until === range.low) last.until = range.until;
    else joined.push({ ...range });
  }
  const each = joined.map(({ low, until }) =>
    until === null ? `${id} >= '${low}'::bigint` : `${id} >= '${low}'::bigint and ${id} < '${until}'::bigint`,
  );
  return each.length === 0 ? 'false' : `(${each.map((sql) => `(${sql})`).join(' or ')})`;
}

/**
 * What a table is like in each range. A row is its id and the transaction that wrote it: whatever is written is another
 * version, also when it says the same as before.
 */
export async function sumUp(
  client: Client,
  tableSql: string,
  idColumn: string,
  ranges: readonly IdRange[],
): Promise<Sums[]> {
  const id = ident(idColumn);
  const lows = ranges.map(({ low }) => low).join(',');
  const { rows } = await client.query<{ place: number; rows: number; hash: string }>(
    `select width_bucket(${id}::bigint, '{${lows}}'::bigint[]) as place, count(*) as rows,
            bit_xor(hashint8extended(${id}::bigint, xmin::text::bigint))::text as hash
       from ${tableSql} where ${withinSql(id, ranges)} group by 1`,
  );
  const found = new Map(rows.map(({ place, rows, hash }) => [place, { rows, hash }]));
  return ranges.map((_, i) => found.get(i + 1) ?? { rows: 0, hash: '0' });
}

/** Ids at which a range may be cut, so that so many rows lie between two; of its first rows only, up to `most`. */
export async function cutsOf(
  client: Client,
  tableSql: string,
  idColumn: string,
  { low, until }: IdRange,
  { rows: each, most }: { rows: number; most: number },
): Promise<string[]> {
  const id = ident(idColumn);
  const { rows } = await client.query<{ id: string }>(
    `select id::text from (
       select id, row_number() over (order by id) as nth
         from (select ${id} as id from ${tableSql} where ${withinSql(id, [{ low, until }])}
                order by ${id} limit ${most}) first) numbered
      where nth % ${each} = 1 and nth > 1 order by id`,
  );
  return rows.map((row) => row.id);
}
