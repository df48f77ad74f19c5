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
  throw unknown(name, pipelines);
}

function unknown(name: string, pipelines: readonly Pipeline[]): HttpProblem {
  const known = pipelines.map((pipeline) => pipeline.name).join(', ') || 'none';
  const detail = `There is no pipeline "${name.slice(0, 80)}". Known: ${known}.`;
  return new HttpProblem({ status: 404, title: 'Unknown pipeline', detail });
}

/** Hands on the pipeline that `:name` of a path names. */
export const ofPipeline =
  (handle: PipelineHandler): Route['handle'] =>
  async (request, { name = '' }, service) =>
    handle(request, await knownPipeline(service, name), service);

/** Hands on the name that `:name` of a path is, also of a pipeline whose file is gone while its schedule goes on. */
export const ofPipelineName =
  (handle: (request: Request, name: string, service: Service) => Promise<Response>): Route['handle'] =>
  async (request, { name = '' }, service) => {
    const pipelines = await service.pipelines();
    if (pipelines.some((pipeline) => pipeline.name === name) || (await isDeclared(service, name)))
      return handle(request, name, service);
    throw unknown(name, pipelines);
  };

async function isDeclared({ runlog }: Service, name: string): Promise<boolean> {
  const row = await runlog.selectFrom('pipelines').select('name').where('name', '=', name).executeTakeFirst();
  return row !== undefined;
}
