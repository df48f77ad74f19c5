/** Accepting replays: written down with who wants them and why, so many a minute; they are sent after the commit. */
import { sql } from 'kysely';
import { record } from '../audit/record.ts';
import type { Tx } from '../events/outbox.ts';
import type { Caller } from '../http/caller.ts';
import { explain } from './explain.ts';
import { findDeadLetter, type Letter, type LetterFilter, oldestDeadLetters } from './read.ts';

/** Replays that all callers together may ask for in a minute. */
export const REPLAYS_A_MINUTE = 60;
/** Letters that one filter may fit. */
export const MOST_MATCHING = 1000;

/** `wait`: in how many seconds there is room for what was asked for. */
type Limited = { is: 'limited'; wait: number };

export type Wish = { why: string; dryRun: boolean };

type By = Pick<Caller, 'by' | 'from'>;

/** Accepts the replay of one letter; a dry run answers the same and writes nothing. */
export async function replayOne(
  tx: Tx,
  id: number,
  caller: By,
  { why, dryRun }: Wish,
): Promise<{ is: 'unknown' | 'on its way' | 'accepted' } | { is: 'refused'; because: string } | Limited> {
  const allowance = await takeTurn(tx);
  const found = await findDeadLetter(tx, id);
  if (!found) return { is: 'unknown' };
  const { letter } = found;
  const { replay, because } = explain(letter);
  if (replay === 'refused') return { is: 'refused', because };
  if (letter.on_its_way) return { is: 'on its way' };
  if (allowance < 1) return limited(tx, 1);
  if (!dryRun) await accept(tx, [letter], caller, why);
  return { is: 'accepted' };
}

export type Chosen = {
  /** Letters that fit the filter. */
  matching: number;
  /** Those of them whose replay is useful. */
  useful: number;
  pointless: number;
  refused: number;
  /** Useful ones whose last replay has yet to reach the Broker. */
  on_its_way: number;
  /** Which are sent again: the oldest. */
  replayed: number[];
};

type Bulk = Wish & { limit: number; expect?: number | undefined };

/** Accepts the replay of the oldest useful letters that fit, all or none. */
export async function replayMany(
  tx: Tx,
  filter: LetterFilter,
  caller: By,
  { why, dryRun, limit, expect }: Bulk,
): Promise<{ is: 'accepted' | 'unexpected'; chosen: Chosen } | { is: 'too many' } | Limited> {
  const allowance = await takeTurn(tx);
  const letters = await oldestDeadLetters(tx, filter, MOST_MATCHING + 1);
  if (letters.length > MOST_MATCHING) return { is: 'too many' };
  const judged = letters.map((letter) => ({ letter, replay: explain(letter).replay }));
  const useful = judged.filter(({ replay }) => replay === 'useful').map(({ letter }) => letter);
  const free = useful.filter((letter) => !letter.on_its_way);
  const taken = free.slice(0, limit);
  const chosen = {
    matching: letters.length,
    useful: useful.length,
    pointless: judged.filter(({ replay }) => replay === 'pointless').length,
    refused: judged.filter(({ replay }) => replay === 'refused').length,
    on_its_way: useful.length - free.length,
    replayed: taken.map(({ id }) => id),
  };
  if (dryRun) return { is: 'accepted', chosen };
  if (expect !== useful.length) return { is: 'unexpected', chosen };
  if (allowance < taken.length) return limited(tx, taken.length);
  await accept(tx, taken, caller, why);
  return { is: 'accepted', chosen };
}

/** Lets one caller after the other look at the count and add to it; returns how many replays there is room for. */
async function takeTurn(tx: Tx): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtext('kubescribe'), hashtext('dead-letter replays'))`.execute(
    tx,
  );
  const { rows } = await sql<{ asked: number }>`
    select count(*)::int as asked from dead_letter_replays where asked_at > clock() - interval '1 minute'`.execute(
    tx,
  );
  return REPLAYS_A_MINUTE - (rows[0]?.asked ?? 0);
}

/** When so many older ones are more than a minute old that there is room for `wanted`. */
async function limited(tx: Tx, wanted: number): Promise<Limited> {
  const { rows } = await sql<{ wait: number }>`
    select ceil(extract(epoch from asked_at + interval '1 minute' - clock()))::int as wait
      from dead_letter_replays where asked_at > clock() - interval '1 minute'
     order by asked_at desc offset ${REPLAYS_A_MINUTE - wanted} limit 1`.execute(tx);
  return { is: 'limited', wait: Math.max(1, rows[0]?.wait ?? 1) };
}

async function accept(tx: Tx, letters: readonly Letter[], caller: By, why: string): Promise<void> {
  if (letters.length === 0) return;
  const ids = letters.map(({ id }) => id);
  await tx
    .insertInto('dead_letter_replays')
    .values(ids.map((id) => ({ dead_letter_id: id, asked_by: caller.by, why })))
    .execute();
  await tx
    .updateTable('dead_letters')
    .set({ replayed_at: sql<Date>`clock()` })
    .where('id', 'in', ids)
    .execute();
  for (const { id, event_id, event_type, event_source } of letters) {
    const details = { event_id, event_type, event_source };
    await record(tx, caller, { action: 'dead-letter.replay', subject: String(id), why, details });
  }
}
