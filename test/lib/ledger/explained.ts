import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import * as z from 'zod';
import { type Db, RUNLOG_SESSION } from '../../../lib/db/connect.ts';
import type { RunLog } from '../../../lib/db/tables.ts';

/** What a part of a plan did. */
export type Node = {
  'Node Type': string;
  'Index Name'?: string | undefined;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number | undefined;
  Plans?: Node[] | undefined;
};
const Node: z.ZodType<Node> = z.object({
  'Node Type': z.string(),
  'Index Name': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().optional(),
  get Plans() {
    return z.array(Node).optional();
  },
});
const Explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: Node })]) })]);

/** RunLog that remembers what it was asked, and how the server goes about that. */
export function explaining(url: string) {
  const asked: CompiledQuery[] = [];
  const db: Db = new Kysely<RunLog>({
    dialect: new PostgresDialect({
      pool: new pg.Pool({ connectionString: url, max: 1, options: RUNLOG_SESSION }),
    }),
    log: ({ query }) => {
      asked.push(query);
    },
  });
  /** The nodes of the plans of all that `ask` asks, but for questions about plans. */
  async function plansOf(ask: (db: Db) => Promise<unknown>): Promise<Node[]> {
    asked.length = 0;
    await ask(db);
    const nodes: Node[] = [];
    for (const { sql, parameters } of asked.filter((query) => !/^\s*explain/.test(query.sql))) {
      const { rows } = await db.executeQuery(
        CompiledQuery.raw(`explain (analyze, format json) ${sql}`, [...parameters]),
      );
      nodes.push(...flat(Explained.parse(rows)[0]['QUERY PLAN'][0].Plan));
    }
    return nodes;
  }
  return { db, plansOf };
}

const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];

/** Rows that were taken in hand, whether they fitted or not. */
export const scanned = (nodes: readonly Node[]): number =>
  nodes
    .filter((node) => node['Node Type'].includes('Scan') && !node['Node Type'].startsWith('Subquery'))
    .reduce((sum, node) => {
      const rows = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
      return sum + rows * node['Actual Loops'];
    }, 0);
