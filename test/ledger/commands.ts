/** What may happen to the ledger, in any order: each step is done, told to the model, and both must say the same. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { commit } from '../../lib/boundary.ts';
import type { Overlap } from '../../lib/requests/ask.ts';
import { planAll } from '../../lib/requests/plan.ts';
import { renew } from '../../lib/work/claim.ts';
import { endRun } from '../../lib/work/end.ts';
import { leave } from '../../lib/work/leave.ts';
import { finish } from '../../lib/work/settle.ts';
import { sweepWork } from '../../lib/work/sweep.ts';
import { pass } from '../setup/clock.ts';
import { runOf } from '../work/pipeline-of.ts';
import { agree } from './agree.ts';
import * as model from './model.ts';
import { planHours } from './plan-model.ts';
import { allowed, HOURLY, now, peoplesPolicy, pipelines, type Real, take } from './real.ts';

type Ledger = model.Ledger;
type Step = (ledger: Ledger, real: Real, at: number) => Promise<void>;

/** A command that can always be given; what it finds to do is the ledger's matter. */
class Command implements fc.AsyncCommand<Ledger, Real> {
  readonly words: string;
  readonly step: Step;
  constructor(words: string, step: Step) {
    this.words = words;
    this.step = step;
  }
  check = () => true;
  toString = () => this.words;
  async run(ledger: Ledger, real: Real): Promise<void> {
    await this.step(ledger, real, await now(real.runlog));
    await agree(ledger, real);
  }
}

const pick = <T>(of: readonly T[], nth: number): T | undefined => of[nth % Math.max(1, of.length)];
const live = (ledger: Ledger) => ledger.requests.filter(({ state }) => state === 'live');

const ask = (pipeline: string, policy: Overlap, lane: string, key: string | undefined) =>
  new Command(`ask ${pipeline} in "${lane}" ${key ?? ''}`, async (ledger, real, at) => {
    const wish = `${pipeline}/${lane}`;
    const before = key === undefined ? undefined : ledger.keys.get(key);
    const answer = await real.trigger(
      { pipeline, params: { lane } },
      key === undefined ? {} : { 'idempotency-key': key },
    );
    if (before && before.wish !== wish) return expect(answer.status).toBe(422);
    if (before) return expect(await idOf(answer)).toBe(before.id);
    const id = await idOf(answer);
    if (key !== undefined) ledger.keys.set(key, { id, wish });
    model.ask(ledger, at, { id, pipeline, lane, kind: 'person' }, policy === 'allow' ? 'queue-all' : policy);
  });

/** A skipped run is named in the problem, an accepted one in the answer. */
async function idOf(answer: Response): Promise<string> {
  if (answer.status !== 409) return runOf(answer);
  const problem: unknown = await answer.json();
  return String((problem as { run?: string }).run).replace('/runs/', '');
}

const claim = (nth: number, behind: number) =>
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

const renewing = (nth: number) =>
  asHolder(
    'renew',
    nth,
    ({ service }, { run_id, epoch }) => commit('renew', service.runlog, (tx) => renew(tx, run_id, epoch)),
    (_ledger, _id, work, at) => model.renewed(work, at),
  );

const leaving = (nth: number, how: model.Leaving) =>
  asHolder(
    how.nextAttempt ? `retry after ${how.pause} s` : how.progressed ? 'checkpoint' : 'pause',
    nth,
    ({ service }, holder) =>
      commit('checkpoint', service.runlog, (tx) => leave(tx, holder, { state: {}, ...how })),
    (_ledger, _id, work, at) => model.left(work, at, how),
  );

const ending = (nth: number) =>
  asHolder(
    'succeed',
    nth,
    ({ service }, holder) => commit('end', service.runlog, (tx) => endRun(tx, holder, { status: 'SUCCESS' })),
    (ledger, id, _work, at) => model.end(ledger, id, 'SUCCESS', at),
  );

const failing = (nth: number) =>
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

async function plan(ledger: Ledger, { service, runlog }: Real, at: number): Promise<void> {
  await planAll(service, pipelines);
  const { rows } = await runlog.query<{ slot: Date; run_id: string }>(
    `select slot, run_id from run_requests where kind = 'slot'`,
  );
  const ids = new Map(rows.map(({ slot, run_id }) => [slot.getTime(), run_id]));
  for (const { name } of pipelines) {
    if (name === HOURLY) planHours(ledger, name, at, (slot) => ids.get(slot.getTime()) ?? randomUUID());
    else model.expireAndAdmit(ledger, name, at);
  }
}

const tick = () => new Command('tick', plan);

const sweep = () =>
  new Command('sweep', async (ledger, real, at) => {
    await sweepWork(real.service);
    model.sweep(ledger, at);
    await plan(ledger, real, at);
  });

const passing = (time: string) => new Command(`pass ${time}`, (_ledger, { runlog }) => pass(runlog, time));

const nth = fc.nat(7);

/** All commands, by weight. */
export const commands = [
  fc
    .tuple(
      fc.constantFrom(...peoplesPolicy),
      fc.constantFrom('', 'a'),
      fc.constantFrom(undefined, undefined, 'k1', 'k2'),
    )
    .map(([[pipeline, policy], lane, key]) => ask(pipeline, policy, lane, key)),
  fc.tuple(nth, fc.constantFrom(0, 0, 0, 1)).map(([n, behind]) => claim(n, behind)),
  nth.map((n) => claim(n, 0)),
  nth.map(renewing),
  fc
    .tuple(
      nth,
      fc.constantFrom(
        { pause: 0, nextAttempt: false, progressed: true },
        { pause: 0, nextAttempt: false, progressed: false },
        { pause: 10, nextAttempt: true, progressed: false },
      ),
    )
    .map(([n, how]) => leaving(n, how)),
  nth.map(ending),
  nth.map(failing),
  fc.constant(null).map(tick),
  fc.constant(null).map(sweep),
  fc.constantFrom('4 seconds', '31 seconds', '61 minutes', '7 hours').map(passing),
  fc.constant('31 seconds').map(passing),
];
