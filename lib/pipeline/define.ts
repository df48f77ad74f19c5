/** What a user writes: a pipeline is a name, a cadence, the shape of its params, and its tasks. */
import type { z } from 'zod';
import { jobLimits } from '../jobs/options.ts';
import { checkPolicies, checkSlots, checkTasks } from './check-options.ts';
import type { Params, Pipeline, PipelineOptions } from './options.ts';
import { reconciliationOf } from './reconciliation.ts';
import type { Task } from './task.ts';
import { wire } from './wire.ts';

const SECOND = 1;
const HOUR = 3600 * SECOND;
const DAY = 24 * 3600 * 1000;

/** The pipeline file is wrong; the message says where and how. */
export class PipelineError extends Error {}

/** Declares a pipeline. Throws a PipelineError when it cannot work as written. */
export function pipeline<P extends Params>(name: string, options: PipelineOptions<P>): Pipeline {
  const fail = (why: string): never => {
    throw new PipelineError(`Pipeline "${name}": ${why}`);
  };
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) fail('its name must be lower case letters, digits and dashes.');
  if (options.job && options.executor !== 'job') fail("job has no use without executor: 'job'.");
  const job = options.executor === 'job' ? jobLimits(options.job ?? {}, fail) : undefined;
  checkTasks(options.tasks, fail, { sliced: !job });
  if (options.schedule !== undefined && !options.timezone)
    fail('a schedule needs a timezone, such as "UTC".');
  const schedule =
    options.schedule !== undefined
      ? { cron: options.schedule, timezone: options.timezone ?? '', ...options.clockChanges }
      : undefined;
  checkSlots(options, schedule, fail);
  const slots = options.key ? 'allow' : options.misfire?.policy === 'all' ? 'queue-all' : 'skip';
  const policies = {
    name,
    default: options.default ?? false,
    schedule,
    key: options.key as Pipeline['key'],
    overlap: { slots, people: 'queue-all', ...options.overlap },
    misfire: { policy: 'last', maxSlots: 100, maxAge: DAY, ...options.misfire },
    deadline: options.deadline,
    pauseAfter: options.pauseAfter,
    timeout: options.timeout ?? HOUR,
    retry: { attempts: 3, backoff: 10, longest: 300, per: {}, ...options.retry },
    tags: options.tags ?? [],
  } as const;
  checkPolicies(policies, fail);
  const reconcile = reconciliationOf(name, options, fail);
  return {
    ...policies,
    ...(job && { job }),
    ...(reconcile && { reconcile }),
    params: options.params as z.ZodType<Params>,
    tasks: wire(options.tasks, options.tasks) as Task<Params>[],
  };
}
