/** Names of Jobs, and what a pod is told of its own. */

/** The work that a Job was made for: a run, and the epoch by which its pod takes it. */
export type JobWork = { pipeline: string; runId: string; epoch: number };

/** The Job of a run and epoch. No other claim has this name, so a second one of it is the same Job. */
export const jobName = (runId: string, epoch: number): string => `${runId}-${epoch}`;

const TOLD = /^([a-z][a-z0-9-]*)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([1-9][0-9]{0,15})$/;

/** What the pod is told by KUBESCRIBE_JOB. */
export const tellJob = ({ pipeline, runId, epoch }: JobWork): string =>
  `${pipeline}/${jobName(runId, epoch)}`;

/** Reads what `tellJob` wrote; undefined when it is something else. */
export function readJob(told: string): JobWork | undefined {
  const [, pipeline, runId, epoch] = TOLD.exec(told) ?? [];
  return pipeline && runId ? { pipeline, runId, epoch: Number(epoch) } : undefined;
}
