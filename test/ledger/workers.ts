/** What workers do, dead, alive or back from the dead: the model says whether they still may. */
import { expect } from 'vitest';
import { commit } from '../../lib/boundary.ts';
import { renew } from '../../lib/work/claim.ts';
import { endRun } from '../../lib/work/end.ts';
import { leave } from '../../lib/work/leave.ts';
import { finish } from '../../lib/work/settle.ts';
import { Command, pick } from './command.ts';
import * as model from './model.ts';
import { allowed, type Real, take } from './real.ts';

type Ledger = model.Ledger;

const live = (ledger: Ledger) => ledger.requests.filter(({ state }) => state === 'live');

export const claim = (nth: number, behind: number) =>
  new Command(`claim ${nth} ${behind > 0 ? 'late' : ''}`, async (ledger, real, at) => {
    const run = pick(live(ledger), nth);
    const work = run && ledger.works.get(run.id);
    if (!run || !work) return;
    const had = await take(real, run.id, work.checkpoint - behind);
    expect(had !== undefined, 'the claim').toBe(behind === 0 && model.mayClaim(work, at));
    if (!had) return;
    real.holders.push(had);
    model.claimed(work, had.epoch, at);
  });

/** A step of some holder, dead, alive or back from the dead: the model says whether it still may. */
const asHolder = (
  words: string,
  nth: number,
  done: (real: Real, holder: Real['holders'][number]) => Promise<unknown>,
  told: (ledger: Ledger, id: string, work: model.Work, at: number) => void,
) =>
  new Command(`${words} ${nth}`, async (ledger, real, at) => {
    const holder = pick(real.holders, nth);
    if (!holder) return;
    const work = ledger.works.get(holder.run_id);
    const may = work?.epoch === holder.epoch && work.leaseUntil !== undefined;
    expect(await allowed(done(real, holder)), words).toBe(may);
    if (may) told(ledger, holder.run_id, work, at);
  });

export const renewing = (nth: number) =>
  asHolder(
    'renew',
    nth,
    ({ service }, { run_id, epoch }) => commit('renew', service.runlog, (tx) => renew(tx, run_id, epoch)),
    (_ledger, _id, work, at) => model.renewed(work, at),
  );

export const leaving = (nth: number, how: model.Leaving) =>
  asHolder(
    how.nextAttempt ? `retry after ${how.pause} s` : how.progressed ? 'checkpoint' : 'pause',
    nth,
    ({ service }, holder) =>
      commit('checkpoint', service.runlog, (tx) => leave(tx, holder, { state: {}, ...how })),
    (_ledger, _id, work, at) => model.left(work, at, how),
  );

export const ending = (nth: number) =>
  asHolder(
    'succeed',
    nth,
    ({ service }, holder) => commit('end', service.runlog, (tx) => endRun(tx, holder, { status: 'SUCCESS' })),
    (ledger, id, _work, at) => model.end(ledger, id, 'SUCCESS', at),
  );

export const failing = (nth: number) =>
  new Command(`fail ${nth}`, async (ledger, real, at) => {
    const holder = pick(real.holders, nth);
    if (!holder) return;
    const work = ledger.works.get(holder.run_id);
    const may = work?.epoch === holder.epoch && work.leaseUntil !== undefined;
    // Who has lost the work takes no epoch, and says nothing.
    await finish(real.service, holder.run_id, holder.epoch, () => ({
      status: 'ERROR',
      code: 'X',
      message: 'asked',
    }));
    if (may) model.end(ledger, holder.run_id, 'ERROR', at);
  });
