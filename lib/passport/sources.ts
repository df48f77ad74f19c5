/** What a group of a roll-up is made of: the rows of its source, by the commits that wrote them. */
import type { Pool } from 'pg';
import { ident, literal } from '../db/quote.ts';
import { sqlState } from '../db/sqlstate.ts';
import type { RollupSpec } from '../ingest/rollup.ts';
import type { ReportTable } from '../reports/catalogue.ts';
import { keyColumns } from '../reports/page.ts';
import { typed } from '../reports/where.ts';
import type { RowKey } from './key.ts';

const QUERY_CANCELED = '57014';
const MOST_COMMITS = 100;
const MOST_ROWS = 20;

export type Sources = {
  commits: { commit_id: number | null; rows: number }[];
  /** The keys of some of the rows. */
  rows: Record<string, unknown>[];
};

/** Undefined: it would take longer than a request may. */
export async function findSources(
  pool: Pool,
  spec: RollupSpec,
  source: ReportTable,
  group: { table: ReportTable; key: RowKey },
): Promise<Sources | undefined> {
  const from = `${ident(source.schema)}.${ident(source.table)}`;
  const where = groupSql(spec, group);
  const commit = source.columns.some(({ name }) => name === 'ks_commit') ? 'ks_commit' : 'null::bigint';
  const key = keyColumns(source).map(({ name }) => `${literal(name)}, ${ident(name)}::text`);
  try {
    const commits = await pool.query<Sources['commits'][number]>(
      `select ${commit} as commit_id, count(*) as rows from ${from} where ${where}
        group by 1 order by 1 desc nulls last limit ${MOST_COMMITS}`,
    );
    const rows = await pool.query<{ key: Record<string, unknown> }>(
      `select json_build_object(${key.join(', ')}) as key from ${from} where ${where}
        order by ${source.key.map(ident).join(', ') || '1'} limit ${MOST_ROWS}`,
    );
    return { commits: commits.rows, rows: rows.rows.map((row) => row.key) };
  } catch (error) {
    if (sqlState(error) === QUERY_CANCELED) return undefined;
    throw error;
  }
}

/** The rows of the group, by what the roll-up groups by. */
function groupSql({ by }: RollupSpec, { table, key }: { table: ReportTable; key: RowKey }): string {
  return keyColumns(table)
    .flatMap((column) => {
      const sql = by[column.name];
      return sql === undefined ? [] : [`(${sql}) = ${typed(column, key.get(column.name) ?? '')}`];
    })
    .join(' and ');
}
