/** What a pipeline file may say, and what it says when it says nothing. */
import type { z } from 'zod';
import type { JobLimits, JobOptions } from '../jobs/options.ts';
import type { Overlap } from '../requests/ask.ts';
import type { MisfirePolicy } from '../schedule/misfire.ts';
import type { Schedule } from '../schedule/slots.ts';
import type { Task } from './task.ts';

/** What a failure was of: a database out of reach, a quarrel of transactions, a task's time, anything else. */
export type ErrorClass = 'away' | 'conflict' | 'timeout' | 'failed';

type Backoff = {
  /** Tries in all; default 3. */
  attempts: number;
  /** Seconds: the longest pause before the second try, doubled with each; default 10. The pause is random below it. */
  backoff: number;
  /** Seconds that no pause exceeds; default 300. */
  longest: number;
};

export type Retry = Backoff & {
  /** What differs for a class of errors, which is then counted by itself; the others are counted together. */
  per: Partial<Record<ErrorClass, Partial<Backoff>>>;
};

export type Params = Record<string, unknown>;

export type PipelineOptions<P extends Params> = {
  /** Started by `POST /runs/trigger` without a body. */
  default?: boolean;
  /** Five cron fields; without it the pipeline runs only when asked. */
  schedule?: string;
  /** The IANA zone in which the schedule is read. */
  timezone?: string;
  /** Slots whose local time a change of clocks leaves out (`gap`) or repeats (`overlap`). */
  clockChanges?: Pick<Schedule, 'gap' | 'overlap'>;
  /** Every field has a default: a slot runs with `{}`. */
  params: z.ZodType<P>;
  /** Requests with the same key share a lane. */
  key?: (params: P) => string;
  /** When the lane is taken people queue; slots skip, or queue when they catch up, unless said otherwise. */
  overlap?: { slots?: Overlap; people?: Overlap };
  misfire?: Partial<MisfirePolicy>;
  /** Seconds after its instant at which a slot that has not begun is missed; default: at the next slot. */
  deadline?: number;
  /** Failures of slots in a row after which the schedule pauses by itself; default never. */
  pauseAfter?: number;
  /** Seconds that a run may take in all, retries included; default one hour. */
  timeout?: number;
  retry?: Partial<Retry>;
  /** Where its runs are worked on: in slices of deliveries (default), or each attempt in a Kubernetes Job. */
  executor?: 'slices' | 'job';
  /** What those Jobs may take. */
  job?: JobOptions;
  /** Words that its runs are found by, beside those of whoever asks for one. */
  tags?: readonly string[];
  /** Makes a second pipeline, NAME-reconcile, which compares the source with what the ingests of this one brought. */
  reconcile?: ReconcileOptions;
  tasks: Task<P>[];
};

type ReconcileOptions = {
  /** Five cron fields; without it the reconcile runs only when asked. */
  schedule?: string;
  /** The zone in which its schedule is read; default: that of the pipeline. */
  timezone?: string;
  /** The share of a report table's rows that one run may remove; default 0.1. More is refused. */
  most?: number;
  /** Rows stay in the report when they are deleted in the source, as where production forgets what is old. */
  keepDeleted?: boolean;
};

export type Pipeline = {
  name: string;
  default: boolean;
  schedule: Schedule | undefined;
  params: z.ZodType<Params>;
  key: ((params: Params) => string) | undefined;
  overlap: { slots: Overlap; people: Overlap };
  misfire: MisfirePolicy;
  deadline: number | undefined;
  pauseAfter: number | undefined;
  timeout: number;
  retry: Retry;
  tags: readonly string[];
  tasks: Task<Params>[];
  /** Its runs are worked on in Jobs with these limits; else in slices. */
  job?: JobLimits;
  /** How it is reconciled, by a pipeline of its own. */
  reconcile?: Reconciliation;
  /** The pipeline that this one reconciles. */
  reconciles?: string;
};

export type Reconciliation = { schedule: Schedule | undefined; most: number; keepDeleted: boolean };
