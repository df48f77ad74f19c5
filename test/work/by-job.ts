/** A product whose pipeline `sample` is worked on in Jobs of a cluster of the test's own. */
import type { PipelineOptions } from '../../lib/pipeline/options.ts';
import type { TaskBody } from '../../lib/pipeline/task.ts';
import { type Cluster, type Starting, startCluster, workingPod } from '../setup/cluster.ts';
import { test as base, type Product } from '../setup/product.ts';
import { type Params, pipelineOf } from './pipeline-of.ts';

type Making = {
  /** Default: they do the work. */
  pods?: Starting;
  options?: Partial<PipelineOptions<Params>>;
  weather?: () => number[];
};

/** Tests with `byJob(body)`: the product, its cluster, and how a pod of it works. */
export const test = base.extend('byJob', async ({ product }, { onCleanup }) => {
  const clusters: Cluster[] = [];
  onCleanup(async () => {
    for (const cluster of clusters) await cluster.stop();
  });
  return async (body: TaskBody<Params>, { pods, options, weather }: Making = {}) => {
    const pipelines = [pipelineOf(body, { executor: 'job', ...options })];
    const cluster = await startCluster();
    clusters.push(cluster);
    const made: Product = await product({ pipelines, env: cluster.env, ...(weather && { weather }) });
    const works: Starting = (job) => [workingPod(made, pipelines, job)];
    cluster.start = pods ?? works;
    return { ...made, cluster, works };
  };
});

export { expect } from '../setup/product.ts';
