/** The ledger itself, as the commands drive it: the product's own steps on a real RunLog. */
import type { Client } from 'pg';
import * as z from 'zod';
import { commit } from '../../lib/boundary.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { task } from '../../lib/pipeline/task.ts';
import type { Overlap } from '../../lib/requests/ask.ts';
import { declare } from '../../lib/requests/declare.ts';
import { claim, LeaseLost } from '../../lib/work/claim.ts';
import { standStill, turnTo } from '../setup/clock.ts';
import type { Product } from '../setup/product.ts';

const POLICIES: Overlap[] = ['skip', 'queue', 'queue-all', 'replace', 'allow'];
export const HOURLY = 'hourly';
/** Each pipeline's name, and what becomes of a person's wish for it when its lane is taken. */
export const peoplesPolicy = [
  ...POLICIES.map((policy) => [policy, policy] as const),
  [HOURLY, 'replace'] as const,
];

const HOUR = 3600;
const SECOND = 1000;
/** What each command takes on the clock, in milliseconds: time never stands still. */
const TICK = 10;
const idle = task<{ lane: string }>('idle', async function* () {});
const params = z.strictObject({ lane: z.string().default('') });

/** A pipeline a policy, and one that is due each hour and makes up for all that it slept through. */
export const pipelines: Pipeline[] = [
  ...POLICIES.map((people) =>
    pipeline(people, {
      params,
      overlap: { people },
      key: ({ lane }) => lane,
      timeout: 2 * HOUR,
      tasks: [idle],
    }),
  ),
  pipeline(HOURLY, {
    schedule: '0 * * * *',
    timezone: 'UTC',
    misfire: { policy: 'all' },
    overlap: { slots: 'queue-all', people: 'replace' },
    key: ({ lane }) => lane,
    params,
    timeout: 2 * HOUR,
    tasks: [idle],
  }),
];

type Claimed = NonNullable<Awaited<ReturnType<typeof claim>>>;

export type Real = Pick<Product, 'service' | 'ask' | 'trigger'> & {
  runlog: Client;
  /** Every claim that was ever had: its worker may be dead, or act again at any time. */
  holders: Claimed[];
  /** The instant that the commands have come to, in milliseconds. */
  time: number;
};

/** Empties RunLog, and lets it be half past an hour. */
export async function startAnew(real: Omit<Real, 'holders' | 'time'>): Promise<Real> {
  const { runlog, service } = real;
  await runlog.query(
    'truncate run_requests, run_log, run_work, outbox, schedules, pauses, pipelines, clock_shift cascade',
  );
  const time = (Math.floor(Date.now() / SECOND / HOUR) + 1.5) * HOUR * SECOND;
  // However slow the machine is, each command has its instant.
  await standStill(runlog);
  await turnTo(runlog, new Date(time).toISOString());
  await declare(service.runlog, pipelines, 'local');
  return { ...real, holders: [], time };
}

/** Moves RunLog's clock to the instant that the test has come to, which is a little later for each command. */
export async function pinClock(real: Real): Promise<number> {
  real.time += TICK;
  await turnTo(real.runlog, new Date(real.time).toISOString());
  return real.time;
}

/** Takes a run's work as a worker does; undefined when it may not have it. */
export const take = ({ service }: Real, id: string, checkpoint: number) =>
  commit('claim', service.runlog, (tx) => claim(tx, id, checkpoint));

/** True when a step was allowed, false when its worker has lost the work. */
export async function allowed(step: Promise<unknown>): Promise<boolean> {
  try {
    await step;
    return true;
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    throw error;
  }
}
