/** What became of slots, and which of them a backfill asks for again. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { Json, RequestState, RunStatus } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Pipeline } from '../pipeline/options.ts';
import type { SlotInterval } from './slots.ts';
import type { BackfillWish } from './wish.ts';

/** `never`: nobody asked for it yet. `failed`: its last run ended, and not well. */
type SlotState = Exclude<RequestState, 'ran'> | 'never' | 'succeeded' | 'failed';

export type Survey = {
  asked: SlotInterval[];
  askedFor: Partial<Record<SlotState, number>>;
  leftOut: Partial<Record<SlotState, number>>;
};

/** Sorts slots into those that a backfill asks for and those that it leaves out, by what became of them. */
export async function survey(
  db: Db | Tx,
  pipeline: Pipeline,
  slots: readonly SlotInterval[],
  { params, reprocess }: BackfillWish,
): Promise<Survey> {
  const states = await statesOf(db, pipeline, slots, params);
  const found: Survey = { asked: [], askedFor: {}, leftOut: {} };
  for (const interval of slots) {
    const state = states.get(interval.slot.getTime()) ?? 'never';
    const asks = isWanted(reprocess, state);
    if (asks) found.asked.push(interval);
    const counts = asks ? found.askedFor : found.leftOut;
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return found;
}

function isWanted(reprocess: BackfillWish['reprocess'], state: SlotState): boolean {
  if (reprocess === 'all') return true;
  if (state === 'failed') return reprocess === 'failed';
  return state !== 'succeeded' && state !== 'waiting' && state !== 'live';
}

type Row = { slot: Date; state: RequestState; status: RunStatus | null; params: Json };

/** What is under way speaks for its slot, else its last run, else its last request; of the same lane alone. */
async function statesOf(
  db: Db | Tx,
  { name, key }: Pipeline,
  slots: readonly SlotInterval[],
  params: Json,
): Promise<Map<number, SlotState>> {
  const [first, last] = [slots[0], slots.at(-1)];
  if (!first || !last) return new Map();
  const { rows } = await sql<Row>`
    select slot, state, run.status, request.params
      from run_requests request left join run_log run using (run_id)
     where pipeline = ${name} and slot between ${first.slot} and ${last.slot}
     order by state in ('waiting', 'live'), state = 'ran', ordinal`.execute(db);
  const laneOf = (of: Json) => {
    try {
      return key?.(of);
    } catch {
      // Params of a former shape of the pipeline: a lane that is none of today's.
      return null;
    }
  };
  const lane = laneOf(params);
  // The last to be set stays.
  const ours = rows.filter((row) => laneOf(row.params) === lane);
  return new Map(ours.map((row) => [row.slot.getTime(), stateOf(row)]));
}

function stateOf({ state, status }: Row): SlotState {
  if (state !== 'ran') return state;
  return status === 'SUCCESS' ? 'succeeded' : 'failed';
}
