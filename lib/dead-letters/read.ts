/** Dead letters with what is known of their matter: one seek in one index a page, then rows by their keys. */
import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { DeadLetterReplaysTable, DeadLettersTable } from '../db/event-tables.ts';
import { cutPage, newestFirst, type Place } from '../db/keyset.ts';
import type { RunStatus } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { exactInstant } from '../ledger/instant.ts';

/** Replays that are shown of a letter, the newest. */
const MOST_REPLAYS = 10;

export type LetterFilter = {
  type?: string | undefined;
  reason?: Letter['death'] | undefined;
  pipeline?: string | undefined;
  run_id?: string | undefined;
  overtaken?: boolean | undefined;
  replayed?: boolean | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

/** A letter, and how its run, its row in the outbox and its mail are now. */
export type Letter = Omit<Selectable<DeadLettersTable>, 'body'> & {
  seen_exactly: string;
  run_status: RunStatus | null;
  work_checkpoint: number | null;
  outbox_is: 'open' | 'done' | null;
  outbox_sends: number | null;
  /** What was sent at first under this id holds other data. */
  outbox_differs: boolean;
  mail_status: 'pending' | 'sent' | 'failed' | null;
  /** A replay of it has not reached the Broker yet. */
  on_its_way: boolean;
};

export type Replay = Omit<Selectable<DeadLetterReplaysTable>, 'dead_letter_id'>;

/** A place in the list: when a letter was first seen, with all digits, and its number. */
type LetterKey = [firstSeen: string, id: number];

/** A page, newest first, and the ways to its neighbours. */
export async function listDeadLetters(db: Db, filter: LetterFilter, limit: number, place?: Place<LetterKey>) {
  const chosen = conditions(filter);
  if (place) {
    const [firstSeen, id] = place.key;
    chosen.push(sql`(first_seen, id) ${sql.raw(place.way)} (${firstSeen}::timestamptz, ${id}::bigint)`);
  }
  const read = await withMatter(db, chosen, { order: newestFirst(place), limit: limit + 1 });
  const { rows: letters, ...neighbours } = cutPage(read, {
    limit,
    place,
    keyOf: ({ seen_exactly, id }): LetterKey => [exactInstant(seen_exactly), id],
  });
  return { letters, replays: await readReplays(db, letters), ...neighbours };
}

/** Those that fit, the oldest first. */
export const oldestDeadLetters = (db: Db | Tx, filter: LetterFilter, limit: number): Promise<Letter[]> =>
  withMatter(db, conditions(filter), { order: 'asc', limit });

/** One, and its replays. */
export async function findDeadLetter(db: Db | Tx, id: number) {
  const [letter] = await withMatter(db, [sql`id = ${id}`], { order: 'asc', limit: 1 });
  return letter && { letter, replays: (await readReplays(db, [letter])).get(id) ?? [] };
}

function conditions(filter: LetterFilter): RawBuilder<SqlBool>[] {
  const { type, reason, pipeline, run_id, overtaken, replayed, from, to } = filter;
  return [
    sql<SqlBool>`true`,
    type !== undefined && sql<SqlBool>`event_type = ${type}`,
    reason !== undefined && sql<SqlBool>`death = ${reason}`,
    pipeline !== undefined && sql<SqlBool>`pipeline = ${pipeline}`,
    run_id !== undefined && sql<SqlBool>`run_id = ${run_id}`,
    overtaken !== undefined && (overtaken ? sql<SqlBool>`overtaken` : sql<SqlBool>`not overtaken`),
    replayed !== undefined && sql<SqlBool>`replayed_at is ${sql.raw(replayed ? 'not null' : 'null')}`,
    from && sql<SqlBool>`first_seen >= ${from}`,
    to && sql<SqlBool>`first_seen < ${to}`,
  ].filter((condition) => typeof condition === 'object');
}

async function withMatter(
  db: Db | Tx,
  conditions: readonly RawBuilder<SqlBool>[],
  { order, limit }: { order: 'asc' | 'desc'; limit: number },
): Promise<Letter[]> {
  const inOrder = sql`order by first_seen ${sql.raw(order)}, id ${sql.raw(order)}`;
  const { rows } = await sql<Letter>`
    select letter.id, letter.event_source, letter.event_id, letter.event_type, letter.subject, letter.run_id,
           letter.pipeline, letter.attributes, letter.data, letter.reason, letter.death, letter.error_dest,
           letter.error_code, letter.error_data, letter.overtaken, letter.times, letter.first_seen, letter.last_seen,
           letter.altered, letter.replayed_at, letter.first_seen::text as seen_exactly,
           run.status as run_status, work.checkpoint as work_checkpoint,
           case when event.id is null then null when event.done_at is null then 'open' else 'done' end as outbox_is,
           event.sends as outbox_sends,
           event.id is not null and (event.type <> letter.event_type or event.data is distinct from letter.data)
             as outbox_differs,
           mail.status as mail_status,
           exists (select from dead_letter_replays replay
                    where replay.dead_letter_id = letter.id and ${isOnItsWay}) as on_its_way
      from (
        select * from dead_letters where ${sql.join(conditions, sql` and `)} ${inOrder} limit ${limit}) letter
      left join run_log run on run.run_id = letter.run_id
      left join run_work work on work.run_id = letter.run_id
      left join outbox event on event.id = letter.event_id and event.source = letter.event_source
      left join alert_notifications mail
             on mail.id = case when letter.data ->> 'notification' ~ '^[0-9]{1,15}$'
                               then (letter.data ->> 'notification')::bigint end
     ${inOrder}`.execute(db);
  return rows;
}

/** A replay that no Broker took within this time is given up. */
const GIVEN_UP_AFTER = '1 day';

/** Of `dead_letter_replays`: it is still to be sent. */
export const isOnItsWay = sql<SqlBool>`taken_at is null and asked_at > clock() - ${sql.lit(GIVEN_UP_AFTER)}::interval`;

async function readReplays(db: Db | Tx, letters: readonly Letter[]): Promise<Map<number, Replay[]>> {
  const ids = letters.filter(({ replayed_at }) => replayed_at).map(({ id }) => id);
  const found = new Map<number, Replay[]>();
  if (ids.length === 0) return found;
  const { rows } = await sql<Selectable<DeadLetterReplaysTable>>`
    select replay.* from unnest(${ids}::bigint[]) letter (id)
      cross join lateral (select * from dead_letter_replays where dead_letter_id = letter.id
                           order by replay_id desc limit ${MOST_REPLAYS}) replay
     order by replay.replay_id desc`.execute(db);
  for (const { dead_letter_id, ...replay } of rows) {
    const before = found.get(dead_letter_id);
    if (before) before.push(replay);
    else found.set(dead_letter_id, [replay]);
  }
  return found;
}
