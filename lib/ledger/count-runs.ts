/** How many runs a filter takes, as far as that is cheap to know. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { LOOKED_AT } from './list-runs.ts';
import { allOf, facetsOf, type RunFilter, restOf, searchesOf } from './run-filter.ts';
import { merged, startedIn } from './run-order.ts';
import { isRare } from './run-search.ts';

/** Counting stops here. */
const MOST = 1000;

/** The number, or the number and `+`: there are at least so many. */
export async function countRuns(db: Db, filter: RunFilter): Promise<string> {
  const { fit, all } = await count(db, filter);
  if (fit > MOST) return `${MOST}+`;
  return all ? String(fit) : `${fit}+`;
}

type Counted = { fit: number; all: boolean };

async function count(db: Db, filter: RunFilter): Promise<Counted> {
  const searches = searchesOf(filter);
  const rest = [...restOf(filter), ...searches];
  if (searches.length > 0 && (await isRare(db, filter))) return countRare(db, filter);
  const columns = rest.length > 0 ? sql`*` : sql`run_id`;
  const looked = rest.length > 0 ? LOOKED_AT : MOST + 1;
  const { rows } = await sql<Counted>`
    select count(*) filter (where ${allOf(rest)}) as fit, count(*) < ${looked} as all
      from ${merged(filter, columns, { place: undefined, limit: looked })}`.execute(db);
  return rows[0] ?? { fit: 0, all: true };
}

async function countRare(db: Db, filter: RunFilter): Promise<Counted> {
  const all = [...searchesOf(filter), ...facetsOf(filter), ...restOf(filter), ...startedIn(filter)];
  const { rows } = await sql<Counted>`
    select count(*) as fit, true as all
      from (select from run_log where ${allOf(all)} limit ${MOST + 1}) run`.execute(db);
  return rows[0] ?? { fit: 0, all: true };
}
