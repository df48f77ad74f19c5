/** Backfills: the slots of a range asked for again, each as a run that reads what lies before its slot. */
import { sql } from 'kysely';
import { hashOfParams, record } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { sqlState, UNIQUE_VIOLATION } from '../db/sqlstate.ts';
import type { Tx } from '../events/outbox.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { expireAndAdmit } from '../requests/admit.ts';
import { type FirstAnswer, findFirstAnswer, keepFirstAnswer } from '../requests/asked-once.ts';
import { lockPipeline } from '../requests/pipeline-lock.ts';
import { randomRunId, runIdOf } from '../requests/run-id.ts';
import { estimate } from './estimate.ts';
import { type SlotInterval, slotsOfRange } from './slots.ts';
import { type Survey, survey } from './survey.ts';
import { type BackfillCaller, type BackfillWish, MOST_LIVE } from './wish.ts';
import { insertBackfill, insertRequests } from './write.ts';

/** Slots that a backfill may have. */
const MOST_SLOTS = 10_000;
/** Counting goes no further. */
const COUNTED = 50_000;

/** The backfill cannot be as it was asked for; the message says why, and what would do. */
export class NoBackfill extends Error {}

/** With a question: what is told, and whether it was told before. */
type Begun = { id: string; told?: FirstAnswer; repeated?: boolean };

/** What a backfill would be: nothing is written. */
export async function tryBackfill(db: Db | Tx, pipeline: Pipeline, wish: BackfillWish) {
  const slots = await slotsFor(db, pipeline, wish);
  const { asked, askedFor, leftOut } = await survey(db, pipeline, slots, wish);
  const ends = asked.length > 0 ? asked : slots;
  return {
    slots: slots.length,
    asked: asked.length,
    asked_for: askedFor,
    left_out: leftOut,
    first_slot: ends[0]!.slot,
    last_slot: ends.at(-1)!.slot,
    reads: { from: ends[0]!.from, until: ends.at(-1)!.slot },
    estimate_ms: await estimate(db, pipeline.name, asked.length, wish.concurrency),
  };
}

/** Asks for the slots of a range and admits the first; returns the backfill's id. The same question gives the same. */
export async function startBackfill(
  db: Db,
  pipeline: Pipeline,
  wish: BackfillWish,
  caller: BackfillCaller,
): Promise<Begun> {
  const attempt = () => commit('backfill', db, (tx) => startOnce(tx, pipeline, wish, caller));
  try {
    return await attempt();
  } catch (error) {
    // The key came twice at once, for another pipeline: now it can be seen.
    if (sqlState(error) === UNIQUE_VIOLATION && caller.once) return attempt();
    throw error;
  }
}

async function startOnce(
  tx: Tx,
  pipeline: Pipeline,
  wish: BackfillWish,
  caller: BackfillCaller,
): Promise<Begun> {
  const { once } = caller;
  const key = once?.key;
  const id = key ? runIdOf('backfill', 'key', key) : randomRunId();
  await lockPipeline(tx, pipeline.name);
  const before = once && (await findFirstAnswer(tx, once));
  if (before) return { id, told: before, repeated: true };
  await refuseTooManyLive(tx, wish.concurrency);
  const slots = await slotsFor(tx, pipeline, wish);
  const found = await survey(tx, pipeline, slots, wish);
  if (found.asked.length === 0) throw new NoBackfill(nothingLeft(slots, found, wish));
  await insertBackfill(tx, id, pipeline, wish, caller, found.asked.length);
  const asked = wish.order === 'newest' ? found.asked.toReversed() : found.asked;
  await insertRequests(tx, id, pipeline, wish, caller, asked);
  await record(tx, caller, {
    action: 'backfill.start',
    subject: id,
    why: wish.why,
    details: {
      pipeline: pipeline.name,
      from: wish.from,
      until: wish.until,
      slots: asked.length,
      reprocess: wish.reprocess,
      concurrency: wish.concurrency,
      params_sha256: await hashOfParams(tx, wish.params),
    },
  });
  await expireAndAdmit(tx, pipeline.name);
  if (!once) return { id };
  const told = await once.tell(tx, id);
  await keepFirstAnswer(tx, once, { backfill_id: id }, told);
  return { id, told };
}

async function slotsFor(
  db: Db | Tx,
  { name, tasks }: Pipeline,
  { from, until }: BackfillWish,
): Promise<SlotInterval[]> {
  const unfit = tasks.find(({ noRange }) => noRange !== undefined);
  if (unfit?.noRange) throw new NoBackfill(unfit.noRange);
  const slots = await slotsOfRange(db, name, { from, until }, COUNTED);
  const range = `after ${from.toISOString()} up to ${until.toISOString()}`;
  if (!slots) throw new NoBackfill(`"${name}" has never had a schedule, and so has no slots: trigger it.`);
  if (slots.length === 0)
    throw new NoBackfill(
      `"${name}" has no slot ${range} that its schedule has come to. A slot reads what lies between the one before ` +
        'it and itself: begin before the one that you mean, and end at it.',
    );
  if (slots.length > MOST_SLOTS) {
    const count = slots.length === COUNTED ? `${COUNTED} or more` : slots.length;
    throw new NoBackfill(
      `"${name}" has ${count} slots ${range}; one backfill takes ${MOST_SLOTS} at most: do it in parts.`,
    );
  }
  return slots;
}

function nothingLeft(slots: SlotInterval[], { leftOut }: Survey, { reprocess }: BackfillWish): string {
  const counts = Object.entries(leftOut).map(([state, count]) => `${count} ${state}`);
  const wider = reprocess === 'none' && leftOut.failed ? 'reprocess "failed" or "all"' : 'reprocess "all"';
  return `None of the ${slots.length} slots is left to run (${counts.join(', ')}): ask with ${wider} to run them again.`;
}

async function refuseTooManyLive(tx: Tx, concurrency: number): Promise<void> {
  const { rows } = await sql<{ taken: number }>`
    select coalesce(sum(concurrency), 0) as taken from backfills where ended_at is null`.execute(tx);
  const left = MOST_LIVE - (rows[0]?.taken ?? 0);
  if (concurrency <= left) return;
  throw new NoBackfill(
    `All backfills together may have ${MOST_LIVE} runs live, and ${MOST_LIVE - left} are taken by those under way: ` +
      (left > 0 ? `ask for a concurrency of ${left} at most, or later.` : 'ask again when one has ended.'),
  );
}
