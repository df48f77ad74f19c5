/** Doing to many runs what is done to one: each in its own transaction, so that no pipeline's lock is held for long. */
import type * as z from 'zod';
import { commit } from '../boundary.ts';
import type { cancelRuns } from '../contract/many-runs.ts';
import type { Db } from '../db/connect.ts';
import type { Tx } from '../events/outbox.ts';
import { relay } from '../events/relay.ts';
import type { Caller } from '../http/caller.ts';
import type { Service } from '../http/service.ts';
import { expireAndAdmit } from '../requests/admit.ts';
import { cancelRun } from '../requests/cancel.ts';
import { lockPipeline } from '../requests/pipeline-lock.ts';
import { repeatRun, UnfitParams } from '../requests/repeat.ts';
import { CannotRepeat } from '../requests/replay.ts';
import { runIdOf } from '../requests/run-id.ts';
import { endUnattended } from '../work/sweep.ts';
import type { Bulk } from './begin.ts';
import type { Subject } from './select.ts';

const SECOND = 1000;
/** Then it stops, and tells what is left: nobody waits for an answer for long. */
const BUDGET = 15 * SECOND;
/** Runs that nobody works on are ended by us for so long, and by the sweep after that. */
const ENDING = 5 * SECOND;

export type Fate = z.input<(typeof cancelRuns)['answers'][200]['body']>['runs'][number];
type Doing = { service: Service; bulk: Bulk; caller: Caller; why: string };
type OneFate = Pick<Fate, 'fate'> & { why?: string; run?: string };

/** Cancels them, and ends those that nobody works on. */
export async function cancelMany(doing: Doing): Promise<Fate[]> {
  const { service, bulk, caller, why } = doing;
  const { runlog } = service;
  const roomIn = new Set<string>();
  const makesRoom = async (_: Tx, pipeline: string) => roomIn.add(pipeline);
  const cancelling = { caller, why, details: { bulk: bulk.id }, makesRoom };
  const fates = await forEach(doing, async ({ run_id }): Promise<OneFate> => {
    const done = await commit('cancel', runlog, (tx) => cancelRun(tx, run_id, cancelling));
    if (done.is === 'waited') return { fate: 'ended' };
    if (done.is === 'flagged') return { fate: 'being-ended' };
    return done.is === 'over' ? { fate: 'over', why: done.how } : { fate: 'refused', why: done.is };
  });
  for (const pipeline of roomIn) await admitNext(runlog, pipeline);
  const until = performance.now() + ENDING;
  for (const { run_id, fate } of fates) {
    if (performance.now() > until || service.draining.aborted) break;
    if (fate === 'being-ended') await endUnattended(service, run_id);
  }
  await relay(service);
  return seen(service, fates);
}

/** Once for all that left: were we to die before it, a tick or the sweep would do it. */
async function admitNext(runlog: Db, pipeline: string): Promise<void> {
  await commit('admit-after-cancel', runlog, async (tx) => {
    await lockPipeline(tx, pipeline);
    await expireAndAdmit(tx, pipeline);
  });
}

/** Of those that were told to end, which have. */
async function seen({ runlog }: Service, fates: Fate[]): Promise<Fate[]> {
  const ids = fates.filter(({ fate }) => fate === 'being-ended').map(({ run_id }) => run_id);
  if (ids.length === 0) return fates;
  const rows = await runlog
    .selectFrom('run_log')
    .select('run_id')
    .where('run_id', 'in', ids)
    .where('status', '<>', 'STARTED')
    .execute();
  const ended = new Set(rows.map(({ run_id }) => run_id));
  return fates.map((one) => (ended.has(one.run_id) ? { ...one, fate: 'ended' } : one));
}

/** Asks for them again; the runs have ids of the bulk's, so that nothing is asked for twice. */
export async function replayMany(doing: Doing): Promise<Fate[]> {
  const { service, bulk, caller, why } = doing;
  const fates = await forEach(doing, async ({ run_id }): Promise<OneFate> => {
    try {
      const runId = runIdOf('replay', 'bulk', bulk.id, run_id);
      const asked = await repeatRun(service, run_id, { why, caller, runId });
      if (!asked) return { fate: 'refused', why: 'is gone' };
      if (asked.state === 'skipped') return { fate: 'skipped', why: asked.why ?? 'skipped' };
      return { fate: 'asked', run: `/runs/${asked.runId}` };
    } catch (error) {
      if (error instanceof CannotRepeat || error instanceof UnfitParams)
        return { fate: 'refused', why: error.message };
      throw error;
    }
  });
  await relay(service);
  return fates;
}

async function forEach(
  { service, bulk }: Doing,
  act: (subject: Subject) => Promise<OneFate>,
): Promise<Fate[]> {
  const until = performance.now() + BUDGET;
  const fates: Fate[] = [];
  for (const subject of bulk.subjects) {
    const stop = service.draining.aborted || performance.now() > until;
    const done: OneFate = stop ? { fate: 'left' } : await act(subject);
    fates.push({ run_id: subject.run_id, component: subject.pipeline, ...done });
  }
  return fates;
}
