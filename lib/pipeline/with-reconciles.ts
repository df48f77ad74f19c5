/** Reconciling a pipeline is a pipeline of its own: with its slots, calendar, pauses, runs, and a fence of its own. */
import * as z from 'zod';
import { reconcile } from '../ingest/reconcile.ts';
import { PipelineError } from './define.ts';
import type { Params, Pipeline, Reconciliation } from './options.ts';
import { reconcileName } from './reconcile-name.ts';
import type { Task } from './task.ts';
import { sameTable } from './wire.ts';

/** The pipelines, each followed by the one that reconciles it, if any does. */
export function withReconciles(all: readonly Pipeline[]): Pipeline[] {
  const pipelines = all.filter(({ reconciles }) => reconciles === undefined);
  for (const pipeline of pipelines) if (pipeline.reconcile) demandOwnTables(pipeline, pipelines);
  return pipelines.flatMap((pipeline) =>
    pipeline.reconcile ? [pipeline, reconcileOf(pipeline, pipeline.reconcile)] : [pipeline],
  );
}

/** Rows of another source would be taken for rows whose source is gone. */
function demandOwnTables({ name, tasks }: Pipeline, pipelines: readonly Pipeline[]): void {
  const ingests = pipelines.flatMap((pipeline) =>
    pipeline.tasks.flatMap(({ spec }) => (spec?.kind === 'ingest' ? [{ of: pipeline.name, spec }] : [])),
  );
  for (const { spec } of tasks) {
    if (spec?.kind !== 'ingest') continue;
    const other = ingests.find((one) => one.spec !== spec && sameTable(one.spec.into, spec.into));
    if (other)
      throw new PipelineError(
        `Pipeline "${name}": "${spec.into}" is also written by "${other.spec.name}" of "${other.of}", so it cannot be reconciled.`,
      );
  }
}

/**
 * What is brought is compared, what sums it up is computed again where it changed; what is checked
 * is checked again; other tasks are left out.
 */
function reconcileOf(pipeline: Pipeline, { schedule, most, keepDeleted }: Reconciliation): Pipeline {
  const tasks = pipeline.tasks.flatMap((task): Task<Params>[] => {
    const { spec, rollsUp } = task;
    if (spec?.kind === 'ingest')
      return [reconcile(spec, { scope: pipeline.name, task: task.name, keepDeleted })];
    return rollsUp || spec?.kind === 'check' ? [task] : [];
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
