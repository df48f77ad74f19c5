/** The Job of an attempt: the installation's PodTemplate with what this run needs. */
import type { V1Container, V1Job, V1PodTemplate } from '@kubernetes/client-node';
import { type JobWork, jobName, tellJob } from './name.ts';
import type { JobLimits } from './options.ts';

const HOUR = 3600;
/** A finished Job is there as long for whoever asks what became of it: the sweep, and people for its log. */
const KEPT = HOUR;
/** Our own clocks end the work before Kubernetes ends the pod. */
const MARGIN = 120;

const RUN_LABEL = 'kubescribe.dev/run';
const PIPELINE_LABEL = 'kubescribe.dev/pipeline';
const EPOCH_LABEL = 'kubescribe.dev/epoch';

/** The template cannot be used; only whoever wrote it can mend that. */
export class UnfitTemplate extends Error {}

/** The Job by which work is done; `remaining` are the seconds until the run's own time is over. */
export function jobOf(
  { metadata, template }: V1PodTemplate,
  work: JobWork,
  limits: JobLimits,
  remaining: number,
): V1Job {
  const [container, ...others] = template?.spec?.containers ?? [];
  if (!template?.spec || !container)
    throw new UnfitTemplate(`the PodTemplate ${metadata?.name ?? ''} has no container`);
  const labels = {
    ...template.metadata?.labels,
    [RUN_LABEL]: work.runId,
    [PIPELINE_LABEL]: work.pipeline,
    [EPOCH_LABEL]: String(work.epoch),
  };
  const seconds = limits.pending + Math.min(limits.deadline ?? remaining, remaining) + MARGIN;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: jobName(work.runId, work.epoch), labels },
    spec: {
      // A second pod would have to be a second claim: retries are RunLog's.
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      activeDeadlineSeconds: Math.ceil(Math.max(1, seconds)),
      ttlSecondsAfterFinished: KEPT,
      template: {
        metadata: { ...template.metadata, labels },
        spec: {
          ...template.spec,
          restartPolicy: 'Never',
          containers: [working(container, work, limits), ...others],
        },
      },
    },
  };
}

/** Limits are requests too: a pod that has what it was promised is the last to be evicted. */
function working(container: V1Container, work: JobWork, { cpu, memory }: JobLimits): V1Container {
  const own = ['KUBESCRIBE_JOB'];
  return {
    ...container,
    env: [
      ...(container.env ?? []).filter(({ name }) => !own.includes(name)),
      { name: 'KUBESCRIBE_JOB', value: tellJob(work) },
    ],
    resources: {
      ...container.resources,
      requests: { ...container.resources?.requests, cpu, memory },
      limits: { ...container.resources?.limits, cpu, memory },
    },
  };
}
