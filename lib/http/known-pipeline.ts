import type { Pipeline } from '../pipeline/options.ts';
import { HttpProblem } from './problem.ts';
import type { Service } from './service.ts';

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

/** The same for what asks nothing of the file: also one whose file is gone while its schedule goes on is known. */
export async function checkPipelineName(service: Service, name: string): Promise<void> {
  const pipelines = await service.pipelines();
  if (pipelines.some((pipeline) => pipeline.name === name) || (await isDeclared(service, name))) return;
  throw unknown(name, pipelines);
}

async function isDeclared({ runlog }: Service, name: string): Promise<boolean> {
  // No text of the database holds a NUL.
  if (name.includes('\0')) return false;
  const row = await runlog.selectFrom('pipelines').select('name').where('name', '=', name).executeTakeFirst();
  return row !== undefined;
}
