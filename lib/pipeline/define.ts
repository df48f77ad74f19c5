/** What a user writes: a pipeline is a name, a cadence, the shape of its params, and its tasks. */
import type { z } from 'zod';
import type { Overlap } from '../requests/ask.ts';
import type { MisfirePolicy } from '../schedule/misfire.ts';
import { checkSchedule, type Schedule } from '../schedule/slots.ts';
import type { Groups, Task } from './task.ts';

const SECOND = 1;
const HOUR = 3600 * SECOND;
const DAY = 24 * 3600 * 1000;

export type Retry = {
  /** Tries in all; default 3. */
  attempts: number;
  /** Seconds before the second try, doubled each time; default 10. */
  backoff: number;
};

type Params = Record<string, unknown>;

export type PipelineOptions<P extends Params> = {
  /** Started by `POST /runs/trigger` without a body. */
  default?: boolean;
  /** Five cron fields; without it the pipeline runs only when asked. */
  schedule?: string;
  /** The IANA zone in which the schedule is read. */
  timezone?: string;
  /** Every field has a default: a slot runs with `{}`. */
  params: z.ZodType<P>;
  /** Requests with the same key share a lane. */
  key?: (params: P) => string;
  /** When the lane is taken people queue; slots skip, or queue when they catch up, unless said otherwise. */
  overlap?: { slots?: Overlap; people?: Overlap };
  misfire?: Partial<MisfirePolicy>;
  /** Seconds that a run may take in all, retries included; default one hour. */
  timeout?: number;
  retry?: Partial<Retry>;
  tasks: Task<P>[];
};

export type Pipeline = {
  name: string;
  default: boolean;
  schedule: Schedule | undefined;
  params: z.ZodType<Params>;
  key: ((params: Params) => string) | undefined;
  overlap: { slots: Overlap; people: Overlap };
  misfire: MisfirePolicy;
  timeout: number;
  retry: Retry;
  tasks: Task<Params>[];
};

/** The pipeline file is wrong; the message says where and how. */
export class PipelineError extends Error {}

/** Keys that no roll-up takes, or takes for something else, would be lost without a word. */
function checkGroups<P>(tasks: readonly Task<P>[], fail: (why: string) => never): void {
  const bare = (table: string) => table.split('.').at(-1);
  const same = (a: Groups, b: Groups) =>
    a.table === b.table && [...a.columns].sort().join() === [...b.columns].sort().join();
  for (const { name, touches } of tasks) {
    if (!touches) continue;
    const summary = tasks.find(({ rollsUp }) => rollsUp && bare(rollsUp.table) === bare(touches.table));
    if (summary?.rollsUp && !same(touches, summary.rollsUp))
      fail(
        `what "${name}" touches and what "${summary.name}" rolls up differ in the table's name or its groups.`,
      );
  }
}

function keyOf<P extends Params>({ key }: PipelineOptions<P>, params: P, fail: (why: string) => never): void {
  try {
    key?.(params);
  } catch (error) {
    fail(
      `its key cannot be made of a slot's params: ${error instanceof Error ? error.message : 'it throws'}`,
    );
  }
}

/** Declares a pipeline. Throws a PipelineError when it cannot work as written. */
export function pipeline<P extends Params>(name: string, options: PipelineOptions<P>): Pipeline {
  const fail = (why: string): never => {
    throw new PipelineError(`Pipeline "${name}": ${why}`);
  };
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) fail('its name must be lower case letters, digits and dashes.');
  if (options.tasks.length === 0) fail('it has no tasks.');
  const names = options.tasks.map((task) => task.name);
  if (new Set(names).size !== names.length) fail('two tasks have the same name.');
  if (options.schedule !== undefined && !options.timezone)
    fail('a schedule needs a timezone, such as "UTC".');
  const schedule =
    options.schedule !== undefined
      ? { cron: options.schedule, timezone: options.timezone ?? 'UTC' }
      : undefined;
  if (schedule) {
    try {
      checkSchedule(schedule);
    } catch (error) {
      fail(error instanceof Error ? error.message : 'its schedule cannot be read');
    }
    const empty = options.params.safeParse({});
    if (!empty.success) fail('a slot runs without params, so each param needs a default.');
    else keyOf(options, empty.data, fail);
  }
  checkGroups(options.tasks, fail);
  const catchesUp = options.misfire?.policy === 'all';
  const slots = options.key ? 'allow' : catchesUp ? 'queue-all' : 'skip';
  const overlap = { slots, people: 'queue-all', ...options.overlap } as const;
  if (catchesUp && overlap.slots === 'skip')
    fail('misfire "all" has no use when slots skip: let them queue.');
  if (Object.values(overlap).includes('allow') && !options.key)
    fail('overlap "allow" needs a key, which makes the lanes.');
  const misfire = { policy: 'last', maxSlots: 100, maxAge: DAY, ...options.misfire } as const;
  const timeout = options.timeout ?? HOUR;
  const retry = { attempts: 3, backoff: 10, ...options.retry };
  if (!(timeout > 0 && Number.isFinite(timeout))) fail('its timeout must be a number of seconds above 0.');
  if (!Number.isInteger(retry.attempts) || retry.attempts < 1) fail('retry.attempts must be 1 or more.');
  if (!(retry.backoff >= 0)) fail('retry.backoff must be a number of seconds.');
  if (!(misfire.maxSlots >= 0 && misfire.maxAge >= 0))
    fail('misfire.maxSlots and misfire.maxAge must be 0 or more.');
  return {
    name,
    default: options.default ?? false,
    schedule,
    params: options.params as z.ZodType<Params>,
    key: options.key as Pipeline['key'],
    overlap,
    misfire,
    timeout,
    retry,
    tasks: options.tasks as Task<Params>[],
  };
}
