/** How long each kind is kept, and changing that. */
import { sql } from 'kysely';
import { record } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { sqlState } from '../db/sqlstate.ts';
import type { Tx } from '../events/outbox.ts';
import type { Caller } from '../http/caller.ts';
import { kinds } from './kinds.ts';
import { DATABASE } from './measure.ts';

export type Kept = {
  of: string;
  says: string;
  /** Null: for ever, or what `unset` says. */
  days: number | null;
  unset: string;
  least_days: number;
  most_days: number | null;
  forced: boolean;
  /** Of what is older, some was deleted. */
  gone_before: Date | null;
  /** A purge is in the middle of it. */
  under_way: boolean;
  passed_at: Date;
};

type Row = Omit<Kept, 'says' | 'unset'>;

const days = (column: string) => sql`(extract(epoch from ${sql.ref(column)}) / 86400)::int`;
const shown = sql`
  of, ${days('keep')} as days, ${days('least')} as least_days, ${days('most')} as most_days, forced,
  gone_before, pass is not null as under_way, passed_at`;

/** Every kind with its time. */
export async function listRetention(db: Db | Tx): Promise<Kept[]> {
  const { rows } = await sql<Row>`select ${shown} from retention`.execute(db);
  return kinds.flatMap((kind) => {
    const row = rows.find(({ of }) => of === kind.of);
    return row ? [{ ...row, says: kind.says, unset: kind.unset ?? 'for ever' }] : [];
  });
}

/** The time lies outside of its bounds, and nobody insisted. */
export class OutOfBounds extends Error {}

export type RetentionWish = { of: string; days: number | null; force: boolean; why: string };

const CHECK_VIOLATION = '23514';

/** Keeps a kind for another time from now on; undefined when there is no such kind. */
export async function setRetention(db: Db, caller: Caller, wish: RetentionWish): Promise<Kept | undefined> {
  try {
    return await commit('set-retention', db, (tx) => change(tx, caller, wish));
  } catch (error) {
    if (sqlState(error) === CHECK_VIOLATION)
      throw new OutOfBounds(await boundsOf(db, wish.of), { cause: error });
    throw error;
  }
}

async function change(tx: Tx, caller: Caller, { of, days: keep, force, why }: RetentionWish) {
  const { rows } = await sql<{ before: string | null }>`
    select keep::text as before from retention where of = ${of} for update`.execute(tx);
  if (!rows[0]) return undefined;
  await sql`
    update retention set keep = ${keep}::int * interval '1 day', forced = ${force} where of = ${of}`.execute(
    tx,
  );
  const details = { from: rows[0].before, to: keep === null ? null : `${keep} days`, forced: force };
  await record(tx, caller, { action: 'retention.set', subject: of, why, details });
  return (await listRetention(tx)).find((kept) => kept.of === of);
}

async function boundsOf(db: Db, of: string): Promise<string> {
  const kept = (await listRetention(db)).find((one) => one.of === of);
  const most = kept?.most_days == null ? '' : ` and ${kept.most_days} at most`;
  return `"${of}" is kept for ${kept?.least_days} days at least${most}, unless it is forced.`;
}

/** Says how large a table, or the database, may become; null: that nobody knows. False: there is no such table. */
export async function setLimit(
  db: Db,
  caller: Caller,
  { table, bytes, why }: { table: string; bytes: number | null; why: string },
): Promise<boolean> {
  return commit('set-limit', db, async (tx) => {
    const { rows } = await sql`
      select where ${table} = ${DATABASE}
      union select from pg_class
        where relname = ${table} and relkind in ('r', 'p') and not relispartition
          and relnamespace in (to_regnamespace('public'), to_regnamespace('operation_logs'))`.execute(tx);
    if (rows.length === 0) return false;
    await (bytes === null
      ? sql`delete from table_limits where table_name = ${table}`
      : sql`insert into table_limits (table_name, bytes) values (${table}, ${bytes})
            on conflict (table_name) do update set bytes = excluded.bytes`
    ).execute(tx);
    await record(tx, caller, { action: 'retention.limit', subject: table, why, details: { bytes } });
    return true;
  });
}
