/** A cluster for a test: the API that Jobs are asked of, and pods that are what the test says. */

import { createService } from '../../lib/http/service.ts';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { workInJob } from '../../lib/work/in-job.ts';
import type { JobResource, NodePod, PodStatus } from '../../local/kubernetes/job-resource.ts';
import { startJobsApi } from '../../local/kubernetes/jobs-api.ts';
import { readPodTemplate } from '../../local/kubernetes/pod-template.ts';
import type { Product } from './product.ts';

/** That of main.ts, in milliseconds. */
const PATIENCE = 25_000;
const template = readPodTemplate(new URL('../../knative/base', import.meta.url).pathname);

/** Starts the pods of a Job. */
export type Starting = (job: JobResource) => NodePod[];

export type Cluster = Awaited<ReturnType<typeof startCluster>>;

/** Starts a cluster whose pods are those of `start`, or of `cluster.start` from then on. */
export async function startCluster(start: Starting = () => [podThat(waits)]) {
  const made: JobResource[] = [];
  const asked: string[] = [];
  const cluster = {
    start,
    /** What the API answers instead of what it should. */
    instead: (_: Request): Response | undefined => undefined,
    /** Every Job that was ever made, and every request. */
    made,
    asked,
  };
  const api = await startJobsApi({
    template,
    start(job) {
      made.push(job);
      return cluster.start(job);
    },
    instead(request) {
      asked.push(`${request.method} ${new URL(request.url).pathname}`);
      return cluster.instead(request);
    },
  });
  return Object.assign(cluster, api, { env: { KUBESCRIBE_JOBS: api.url } });
}

/** The API is there and cannot serve. */
export const unavailable = () =>
  Response.json({ kind: 'Status', code: 503, message: 'etcd is away' }, { status: 503 });

const waits: PodStatus = { phase: 'Pending', conditions: [] };

/** A pod that is and stays so. */
export const podThat = (status: PodStatus): NodePod => ({ status: () => status, stop() {} });

/** A pod that does the work of its Job in this process, as the image's program would. */
export function workingPod({ service }: Product, pipelines: readonly Pipeline[], job: JobResource): NodePod {
  const told = job.spec.template.spec.containers[0].env.find(({ name }) => name === 'KUBESCRIBE_JOB')?.value;
  const own = createService({ ...service.config, job: told, instance: job.metadata.name }, { pipelines });
  let phase: PodStatus['phase'] = 'Running';
  let drained: Promise<void> | undefined;
  const drain = () => {
    drained ??= own.drain(PATIENCE);
    return drained;
  };
  const working = workInJob(own);
  own.inFlight(working);
  const ended = working
    .then(
      () => 'Succeeded' as const,
      () => 'Failed' as const,
    )
    .then(async (how) => {
      await drain();
      phase = how;
    });
  return { status: () => ({ phase }), stop: () => void drain(), ended };
}
