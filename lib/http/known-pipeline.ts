import type { Pipeline } from '../pipeline/options.ts';
import { HttpProblem } from './problem.ts';
import type { Route } from './router.ts';
import type { Service } from './service.ts';

/** A handler at a path of one pipeline. */
export type PipelineHandler = (request: Request, pipeline: Pipeline, service: Service) => Promise<Response>;

/** The pipeline of a name; one that nobody knows is a 404 that tells the known ones. */
export async function knownPipeline(service: Service, name: string): Promise<Pipeline> {
  const pipelines = await service.pipelines();
  const found = pipelines.find((pipeline) => pipeline.name === name);
  if (found) return found;
  const known = pipelines.map((pipeline) => pipeline.name).join(', ') || 'none';
  const detail = `There is no pipeline "${name.slice(0, 80)}". Known: ${known}.`;
  throw new HttpProblem({ status: 404, title: 'Unknown pipeline', detail });
}

/** Hands on the pipeline that `:name` of a path names. */
export const ofPipeline =
  (handle: PipelineHandler): Route['handle'] =>
  async (request, { name = '' }, service) =>
    handle(request, await knownPipeline(service, name), service);
