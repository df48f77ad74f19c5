/** New rows mostly lie beyond those that are there: one look tells of many neighbours that the target has none of them. */
import { ident, table } from '../db/quote.ts';
import { type TableFacts, uniqueIndex } from '../preflight/table-facts.ts';
import type { ColumnType, IngestSpec } from './spec.ts';

/** Source ids of rows that are looked for together. */
const NEIGHBOURS = 1024;
/** What has the same order here and in the target; texts may be collated in another. */
const ORDERED: ReadonlySet<ColumnType> = new Set(['bigint', 'numeric', 'timestamptz', 'date']);

/**
 * SQL over rows of the fast lane: `near`, a CTE with the groups of neighbours that share all of the key but its last
 * column and have a row of the target between their first and last, and the condition that a row is of one of them.
 * Undefined where no index of the target finds such a row at once: then each has to be looked for.
 */
export function nearSql(
  { columns, key, into }: IngestSpec,
  fast: string,
  facts: TableFacts | undefined,
): { near: string; isNear: string } | undefined {
  const last = facts && uniqueIndex(facts, key)?.columns.at(-1);
  if (last == null || !ORDERED.has(columns[last]!.type)) return undefined;
  const shared = key.filter((name) => name !== last).map(ident);
  const group = [...shared, `ks_source_id / ${NEIGHBOURS}`].join(', ');
  const same = shared.map((name) => `there.${name} = here.${name} and `).join('');
  const names = [...shared, 'ks_neighbours'].join(', ');
  return {
    near: `near (${names}) as materialized (
      select ${[...shared.map((name) => `here.${name}`), 'ks_neighbours'].join(', ')}
        from (select ${group} as ks_neighbours, min(${ident(last)}) as ks_from, max(${ident(last)}) as ks_to
                from ${fast} group by ${group}) here
       where exists (select from ${table(into)} there
                      where ${same}there.${ident(last)} between here.ks_from and here.ks_to))`,
    // Where there are none, no row is looked at; IN alone would be made a join.
    isNear: `exists (select from near) and ((${group}) in (select ${names} from near)) is true`,
  };
}
