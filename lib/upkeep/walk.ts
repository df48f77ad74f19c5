/** A walk through a table in the order of an index, a page a transaction: what is too old goes, what is needed stays. */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { Json } from '../db/tables.ts';

type Sql = RawBuilder<unknown>;

/** One page of a walk. */
export type Page = {
  /** Older than this is too old: a timestamp as text, which holds more than a Date. */
  before: string;
  /** The same as an interval, for clocks that are not RunLog's. */
  keep: string;
  /** Behind which the page begins, as the page before left it. */
  place: Json | null;
  limit: number;
  /** False: only say what would go. */
  remove: boolean;
  /** Only what was written to an archive may go, of what can be archived. */
  archived?: boolean;
};

export type Walked = {
  /** Where the next page begins; null: the walk is over. */
  place: Json | null;
  looked: number;
  gone: number;
  /** What that is on the disk, where it is known. */
  bytes?: number;
};

/** Walks one page of a kind of records. */
export type Walk = (db: Db, page: Page) => Promise<Walked>;

type Way = {
  /** The rows to look at, with the columns `at` and `id`, in that order. */
  page: Sql;
  /** Those of them that go, as `id`. */
  doomed: Sql;
  from: string;
  key: string;
  /** What goes with them: more statements of the same transaction, each with a comma before it. */
  also?: Sql;
};

/** Deletes the rows of a page that nothing needs any more. */
export async function walkPage(db: Db, { limit, remove }: Page, way: Way): Promise<Walked> {
  const deletion = sql`,
    gone as (delete from ${sql.table(way.from)} using doomed where ${sql.ref(`${way.from}.${way.key}`)} = doomed.id)
    ${way.also ?? sql``}`;
  const { rows } = await sql<{ place: Json | null; looked: number; gone: number }>`
    with page as materialized (${way.page}),
    doomed as materialized (${way.doomed})
    ${remove ? deletion : sql``}
    select (select to_jsonb(last) from (select at, id from page order by at desc, id desc limit 1) last) as place,
           (select count(*) from page) as looked, (select count(*) from doomed) as gone`.execute(db);
  const { place, looked, gone } = rows[0]!;
  return { place: looked < limit ? null : place, looked, gone };
}

const NO_TIME = '-infinity';
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** The place of a page in an order of (time, uuid). */
export const after = ({ place }: Page, since: string = NO_TIME): Sql =>
  sql`(${String(place?.at ?? since)}::timestamptz, ${String(place?.id ?? NO_ID)}::uuid)`;

/** The place of a page in an order of (time, number). */
export const afterNumber = ({ place }: Page): Sql =>
  sql`(${String(place?.at ?? NO_TIME)}::timestamptz, ${String(place?.id ?? 0)}::bigint)`;
