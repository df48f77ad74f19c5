/** Reconciling a pipeline is a pipeline of its own: with its slots, calendar, pauses, runs, and a fence of its own. */
import * as z from 'zod';
import { reconcile } from '../ingest/reconcile.ts';
import type { Params, Pipeline, Reconciliation } from './options.ts';
import { reconcileName } from './reconcile-name.ts';
import type { Task } from './task.ts';

/** The pipelines, each followed by the one that reconciles it, if any does. */
export const withReconciles = (pipelines: readonly Pipeline[]): Pipeline[] =>
  pipelines.flatMap((pipeline) =>
    pipeline.reconcile ? [pipeline, reconcileOf(pipeline, pipeline.reconcile)] : [pipeline],
  );

/** What is brought is compared, what sums it up is computed again where it changed; the other tasks are left out. */
function reconcileOf(pipeline: Pipeline, { schedule, most, keepDeleted }: Reconciliation): Pipeline {
  const tasks = pipeline.tasks.flatMap((task): Task<Params>[] => {
    const { spec, rollsUp } = task;
    if (spec?.kind === 'ingest')
      return [reconcile(spec, { scope: pipeline.name, task: task.name, keepDeleted })];
    return rollsUp ? [task] : [];
  });
  const { reconcile: _, pauseAfter: __, ...same } = pipeline;
  return {
    ...same,
    name: reconcileName(pipeline.name),
    default: false,
    schedule,
    params: z.strictObject({ most: z.number().min(0).max(1).default(most) }) as z.ZodType<Params>,
    key: undefined,
    overlap: { slots: 'skip', people: 'queue' },
    misfire: { ...pipeline.misfire, policy: 'last' },
    deadline: undefined,
    pauseAfter: undefined,
    tasks,
    reconciles: pipeline.name,
  };
}
