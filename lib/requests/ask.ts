/** Asking for a run: what the overlap policy makes of the wish, within its lane. */

import type { Insertable, RawBuilder } from 'kysely';
import { sql } from 'kysely';
import { type Actor, recordingWish } from '../audit/record.ts';
import type { Json, RequestState, RunLog, Source, Trigger } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { beginning } from './begin.ts';
import { cancelLive } from './cancel.ts';

/** What happens to a request whose lane is taken. `allow` asks for a key: lanes side by side, in order within one. */
export type Overlap = 'skip' | 'queue' | 'queue-all' | 'replace' | 'allow';

export type Wish = {
  runId: string;
  pipeline: string;
  kind: 'slot' | 'person' | 'backfill' | 'replay';
  lane: string;
  slot?: Date | undefined;
  params: Json;
  trigger: Trigger;
  source: Source;
  deadline?: Date | RawBuilder<Date> | undefined;
  /** How long the run itself may take, in seconds. */
  timeout: number;
  idempotencyKey?: string | undefined;
  requestedBy?: string | undefined;
  /** Why it is wanted, as they said. */
  wishWhy?: string | undefined;
  replayOf?: string | undefined;
  range?: Range | undefined;
  /** The task at which the run begins. */
  resumeFrom?: string | undefined;
  /** What the run is to be found by; each counts once. */
  tags?: readonly string[] | undefined;
};

/** What a run reads that moves no watermark: [from, until). */
export type Range = { from: Date; until: Date };

const tagsOf = ({ tags = [] }: Wish) => [...new Set(tags)];

/** Whose wish it is: whoever replays a run is a person. */
const wisher = ({ kind }: Pick<Rival, 'kind'>) => (kind === 'replay' ? 'person' : kind);

type Rival = { run_id: string; kind: Wish['kind']; state: 'waiting' | 'live' };

/** Writes a request; the caller holds the pipeline's lock and admits afterwards. */
export async function ask(
  tx: Tx,
  wish: Wish,
  overlap: Overlap,
): Promise<{ state: RequestState; why?: string }> {
  const rivals = await rivalsOf(tx, wish);
  const live = rivals.find((rival) => rival.state === 'live');
  // What a person was promised is not taken back for a slot, nor the other way about.
  const waiting = rivals.filter((rival) => rival.state === 'waiting' && wisher(rival) === wisher(wish));
  const [blocker] = rivals;

  if (overlap === 'skip' && blocker) {
    const why = live
      ? `run ${live.run_id} was still live (overlap: skip)`
      : `run ${blocker.run_id} was already waiting (overlap: skip)`;
    await insert(tx, wish, { state: 'skipped', why, ended_at: sql<Date>`clock()` });
    return { state: 'skipped', why };
  }
  if (overlap === 'queue' || overlap === 'replace') {
    await replaceWaiting(tx, waiting, wish.runId, overlap);
  }
  if (overlap === 'replace' && live)
    await cancelLive(tx, live.run_id, { why: `replaced by run ${wish.runId}` });
  await insert(tx, wish, { state: 'waiting', first: overlap === 'replace' });
  return { state: 'waiting' };
}

/**
 * Writes a request that lives at once, with its run, when nothing lives or waits in its lane; whatever the policy, it
 * would come to that, and who asked. False: nothing was written, and `ask` decides. The caller holds the pipeline's
 * lock.
 */
export async function askAtOnce(tx: Tx, wish: Wish, actor: Actor): Promise<boolean> {
  const { pipeline, lane, range } = wish;
  const { rows } = await sql`/* ask at once */
    with begun as (
      insert into run_requests (
        run_id, pipeline, kind, lane, slot, params, trigger, source, deadline, timeout, idempotency_key, requested_by,
        wish_why, replay_of, range_from, range_until, resume_from, tags, state, admitted_at)
      select ${wish.runId}::uuid, ${pipeline}::text, ${wish.kind}::text, ${lane}::text, ${wish.slot ?? null}::timestamptz,
             ${JSON.stringify(wish.params)}::jsonb, ${wish.trigger}::text, ${wish.source}::text,
             (${wish.deadline ?? null})::timestamptz, ${wish.timeout}::float8 * interval '1 second',
             ${wish.idempotencyKey ?? null}::text, ${wish.requestedBy ?? null}::text, ${wish.wishWhy ?? null}::text,
             ${wish.replayOf ?? null}::uuid, ${range?.from ?? null}::timestamptz, ${range?.until ?? null}::timestamptz,
             ${wish.resumeFrom ?? null}::text, ${tagsOf(wish)}::text[], 'live', clock()
       where not exists (
               select from run_requests live
                where live.pipeline = ${pipeline}::text and live.lane = ${lane}::text and live.state = 'live')
         and not exists (
               select from run_requests next
                where next.pipeline = ${pipeline}::text and next.lane = ${lane}::text
                  and next.state = 'waiting' and next.backfill_id is null)
      -- The key was used before: what of it, is seen by a later statement.
      on conflict do nothing
      returning *),
    recorded as (${recordingWish(sql`begun`, actor, wish.wishWhy)}),
    ${beginning}
    select run_id from begun`.execute(tx);
  return rows.length > 0;
}

/** What waits of a backfill gives way to others in a lane of its name. Each half has its index. */
async function rivalsOf(tx: Tx, { pipeline, lane }: Wish): Promise<Rival[]> {
  const { rows } = await sql<Rival>`
    select run_id, kind, state
      from run_requests
     where pipeline = ${pipeline} and lane = ${lane}
       and (state = 'live' or state = 'waiting' and backfill_id is null)
     order by ordinal`.execute(tx);
  return rows;
}

type Ending = Pick<Insertable<RunLog['run_requests']>, 'state' | 'why' | 'first'> & {
  ended_at?: ReturnType<typeof sql<Date>>;
};

async function insert(tx: Tx, wish: Wish, ending: Ending): Promise<void> {
  await tx
    .insertInto('run_requests')
    .values({
      run_id: wish.runId,
      pipeline: wish.pipeline,
      kind: wish.kind,
      lane: wish.lane,
      slot: wish.slot ?? null,
      params: JSON.stringify(wish.params),
      trigger: wish.trigger,
      source: wish.source,
      deadline: wish.deadline ?? null,
      timeout: `${wish.timeout} seconds`,
      idempotency_key: wish.idempotencyKey ?? null,
      requested_by: wish.requestedBy ?? null,
      wish_why: wish.wishWhy ?? null,
      replay_of: wish.replayOf ?? null,
      range_from: wish.range?.from ?? null,
      range_until: wish.range?.until ?? null,
      resume_from: wish.resumeFrom ?? null,
      tags: tagsOf(wish),
      ...ending,
    })
    .execute();
}

async function replaceWaiting(tx: Tx, waiting: Rival[], by: string, overlap: Overlap): Promise<void> {
  if (waiting.length === 0) return;
  await tx
    .updateTable('run_requests')
    .set({
      state: 'replaced',
      why: `run ${by} took its place (overlap: ${overlap})`,
      ended_at: sql<Date>`clock()`,
    })
    .where(
      'run_id',
      'in',
      waiting.map((rival) => rival.run_id),
    )
    .execute();
}
