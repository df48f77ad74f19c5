/** All that may happen to the ledger, in any order. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { planAll } from '../../lib/requests/plan.ts';
import { sweepWork } from '../../lib/work/sweep.ts';
import { Command } from './command.ts';
import * as model from './model.ts';
import { ask, cancelling, pausing, replaying } from './people.ts';
import { planHours } from './plan-model.ts';
import { HOURLY, peoplesPolicy, pinClock, pipelines, type Real } from './real.ts';
import { claim, ending, failing, leaving, renewing } from './workers.ts';

const SECOND = 1000;
/** In seconds; no sums of steps come near to a lease, a deadline or a slot. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;

async function plan(ledger: model.Ledger, { service, runlog }: Real, at: number): Promise<void> {
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

export const sweep = () =>
  new Command('sweep', async (ledger, real, at) => {
    await sweepWork(real.service);
    model.sweep(ledger, at);
    await plan(ledger, real, at);
  });

export const passing = (seconds: number) =>
  new Command(`pass ${seconds} s`, async (_ledger, real) => {
    real.time += seconds * SECOND;
    await pinClock(real);
  });

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
  nth.map(cancelling),
  nth.map(replaying),
  fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const).map(pausing),
  nth.map(failing),
  fc.constant(null).map(tick),
  fc.constant(null).map(sweep),
  fc.constantFrom(4, 31, 61 * MINUTE, 7 * HOUR).map(passing),
  fc.constant(31).map(passing),
];
