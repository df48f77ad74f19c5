/** The ledger, newest first, page by page and both ways: its cost grows neither with the depth nor with the table. */
import { sql } from 'kysely';
import { PAGE } from '../contract/asked.ts';
import type { ListedRun, RunField } from '../contract/run-row.ts';
import type { Db } from '../db/connect.ts';
import { cutPage, type Neighbours } from '../db/keyset.ts';
import { exactInstant } from './instant.ts';
import {
  allOf,
  type Condition,
  facetsOf,
  type RunFilter,
  restOf,
  searchesOf,
  stretchesAsRows,
} from './run-filter.ts';
import { beyond, merged, orderOf, type RunKey, type RunPlace, sought, startedIn } from './run-order.ts';
import { isRare, RARE } from './run-search.ts';
import { columnsOf, type ReadRun, readColumnsOf, shown } from './shown-run.ts';

/** Runs that one page looks at where no index has the order: some ten milliseconds. */
export const LOOKED_AT = 20_000;

type Paging = { limit: number; place?: RunPlace; fields?: readonly RunField[] | undefined };

/**
 * A page of runs and the ways to its neighbours. What is rare by an inverted index is sought by that; other conditions
 * that no index has in the order of the list are tried on so many runs a page: it may be short, even empty, and go on.
 */
export async function listRuns(
  db: Db,
  filter: RunFilter,
  paging: Paging,
): Promise<Neighbours<RunKey> & { runs: ListedRun[] }> {
  const { limit, place, fields } = paging;
  const searches = searchesOf(filter);
  const rest = [...restOf(filter), ...searches];
  const rare =
    searches.length > 0 && (await isRare(db, filter)) ? await readRare(db, filter, paging) : undefined;
  const read = rare ?? (await readInOrder(db, filter, rest, paging));
  const short = read.length <= limit && rest.length > 0 && !rare;
  const edge = short ? await edgeOf(db, filter, place) : undefined;
  const { rows, ...neighbours } = cutPage(read, { limit, place, keyOf, edge });
  return { runs: rows.map((run) => shown(run, fields)), ...neighbours };
}

const keyOf = ({ started, run_id }: Pick<ReadRun, 'started' | 'run_id'>): RunKey => [
  exactInstant(started),
  run_id,
];

async function readInOrder(db: Db, filter: RunFilter, rest: Condition[], { limit, place, fields }: Paging) {
  const [columns, take] = rest.length > 0 ? [sql`*`, LOOKED_AT] : [columnsOf(fields), limit + 1];
  const from = rest.length > 0 ? merged : sought;
  const name = rest.length > 0 ? sql`` : nameOf(filter, { limit, place, fields });
  const { rows } = await sql<ReadRun>`${name}
    select ${readColumnsOf(fields)} from ${from(filter, columns, { place, limit: take })}
     where ${allOf(rest)} limit ${limit + 1}`.execute(db);
  return rows;
}

const WAYS_BY_NAME = { '<': 'below', '<=': 'down from', '>': 'above', '>=': 'up from' } as const;

/** Under which name a usual page is prepared, of all runs or of stretches: to plan it takes as long as to read it. */
function nameOf(filter: RunFilter, { limit, place, fields }: Paging) {
  const stretches = stretchesAsRows(filter) !== undefined;
  const whole = Object.values(filter).every((wanted) => wanted === undefined);
  if (limit !== PAGE || fields || !(stretches || whole)) return sql``;
  const parts = [
    stretches && 'in stretches',
    filter.component !== undefined && 'of one',
    filter.from && 'since',
    filter.to && 'until',
    place && WAYS_BY_NAME[place.way],
  ];
  return sql.raw(`/* ${['list runs', ...parts].filter(Boolean).join(' ')} */`);
}

/** The last of the runs that were looked at; undefined when that was all. */
async function edgeOf(db: Db, filter: RunFilter, place: RunPlace): Promise<RunKey | undefined> {
  const { rows } = await sql<Pick<ReadRun, 'started' | 'run_id'>>`
    select started_at::text as started, run_id
      from ${merged(filter, sql`started_at, run_id`, { place, limit: LOOKED_AT })}
    offset ${LOOKED_AT - 1}`.execute(db);
  return rows[0] && keyOf(rows[0]);
}

/** All that fit are found first, by an inverted index, and sorted; undefined when they are not few after all. */
async function readRare(db: Db, filter: RunFilter, { limit, place, fields }: Paging) {
  const open = [...facetsOf(filter), ...restOf(filter), ...startedIn(filter), ...beyond(place)];
  const { rows } = await sql<ReadRun & { found: number }>`
    select ${readColumnsOf(fields)}, found
      from (select *, started_at as moment, count(*) over () as found
              from (select ${columnsOf(fields)} from run_log
                     where ${allOf([...searchesOf(filter), ...open])} limit ${RARE + 1}) few) run
     order by ${orderOf(place)} limit ${limit + 1}`.execute(db);
  return rows[0] && Number(rows[0].found) > RARE ? undefined : rows;
}
