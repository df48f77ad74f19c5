import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError } from '../logs/redact.ts';
import { type Pipeline, PipelineError } from './define.ts';

const isPipeline = (value: unknown): value is Pipeline =>
  typeof value === 'object' && value !== null && 'name' in value && 'tasks' in value && 'overlap' in value;

/** Reads every pipeline file of a folder; a broken one is named. */
export async function loadPipelines(folder: string): Promise<Pipeline[]> {
  const files = (await readdir(folder)).filter(
    (file) => /\.(ts|js|mjs)$/.test(file) && !file.endsWith('.d.ts'),
  );
  const pipelines = await Promise.all(files.sort().map((file) => loadOne(folder, file)));
  const names = pipelines.map((pipeline) => pipeline.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) throw new PipelineError(`Two files of pipelines/ define "${twice}".`);
  if (pipelines.filter((pipeline) => pipeline.default).length > 1) {
    throw new PipelineError('More than one pipeline is marked default: true.');
  }
  return pipelines;
}

async function loadOne(folder: string, file: string): Promise<Pipeline> {
  const loaded: unknown = await import(pathToFileURL(join(folder, file)).href).catch((error: unknown) => {
    if (error instanceof PipelineError)
      throw new PipelineError(`pipelines/${file}: ${error.message}`, { cause: error });
    throw new PipelineError(`pipelines/${file} cannot be read: ${describeError(error).message}`, {
      cause: error,
    });
  });
  const made = loaded && typeof loaded === 'object' && 'default' in loaded ? loaded.default : undefined;
  if (!isPipeline(made)) {
    throw new PipelineError(`pipelines/${file} must have "export default pipeline(NAME, { … })".`);
  }
  return made;
}
