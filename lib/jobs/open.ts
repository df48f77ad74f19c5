import type { V1Job, V1Pod, V1PodTemplate } from '@kubernetes/client-node';

/** The Jobs of a cluster, as far as we need them. */
export type Jobs = {
  /** What pods of ours are made from: the image, logins, and how they are confined. */
  template(): Promise<V1PodTemplate>;
  /** Makes a Job; one that is there already is the same. */
  create(job: V1Job): Promise<void>;
  find(name: string): Promise<V1Job | undefined>;
  podsOf(name: string): Promise<V1Pod[]>;
  /** Deletes a Job, if it is there, and then its pods. */
  remove(name: string): Promise<void>;
  /** What the API answered, when the error is its answer. */
  refusal(error: unknown): { status: number; message: string } | undefined;
};

/** There is no cluster here: no Job can be made. */
export class NoJobs extends Error {}

/** Opens the Jobs that settings name. */
export async function openJobs(config: { jobs: string | undefined; namespace: string }): Promise<Jobs> {
  if (!config.jobs)
    throw new NoJobs(
      "executor: 'job' needs a cluster: KUBESCRIBE_JOBS says where its API is ('cluster', or a URL).",
    );
  const { openClient } = await import('./client.ts');
  return openClient(config.jobs, config.namespace);
}
