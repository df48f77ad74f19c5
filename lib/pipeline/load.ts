import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError } from '../logs/redact.ts';
import { PipelineError } from './define.ts';
import type { Pipeline } from './options.ts';
import { wire } from './wire.ts';
import { withReconciles } from './with-reconciles.ts';

const isPipeline = (value: unknown): value is Pipeline =>
  typeof value === 'object' && value !== null && 'name' in value && 'tasks' in value && 'overlap' in value;

/** Reads every pipeline file of a folder; a broken one is named. Tables that two of them share are summed up for both. */
export async function loadPipelines(folder: string): Promise<Pipeline[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    const why = `The folder of pipelines, ${folder}, cannot be read.`;
    throw new PipelineError(`${why} KUBESCRIBE_PIPELINES names another.`, { cause: error });
  });
  const files = names.filter((file) => /\.(ts|js|mjs)$/.test(file) && !file.endsWith('.d.ts'));
  const pipelines = await Promise.all(files.sort().map((file) => loadOne(folder, file)));
  const defined = withReconciles(pipelines).map((pipeline) => pipeline.name);
  const twice = defined.find((name, i) => defined.indexOf(name) !== i);
  if (twice) throw new PipelineError(`Two files of ${place(folder)}/ define "${twice}".`);
  if (pipelines.filter((pipeline) => pipeline.default).length > 1) {
    throw new PipelineError('More than one pipeline is marked default: true.');
  }
  const all = pipelines.flatMap(({ tasks }) => tasks);
  return withReconciles(pipelines.map((pipeline) => ({ ...pipeline, tasks: wire(pipeline.tasks, all) })));
}

/** The pipeline of a file, or the one of this name in the folder. */
export async function findPipeline(folder: string, nameOrFile: string): Promise<Pipeline> {
  if (/\.(ts|js|mjs)$/.test(nameOrFile)) return loadOne(dirname(resolve(nameOrFile)), basename(nameOrFile));
  const pipelines = await loadPipelines(folder);
  const found = pipelines.find(({ name }) => name === nameOrFile);
  if (found) return found;
  const names = pipelines.map(({ name }) => name).join(', ') || 'none';
  throw new PipelineError(`${place(folder)}/ has no pipeline "${nameOrFile}"; it has ${names}.`);
}

async function loadOne(folder: string, file: string): Promise<Pipeline> {
  const path = join(folder, file);
  const loaded: unknown = await import(pathToFileURL(path).href).catch((error: unknown) => {
    const at = `${place(path)}${lineOf(error, file)}`;
    const why = describeError(error).message;
    throw new PipelineError(
      error instanceof PipelineError ? `${at}: ${why}` : `${at} cannot be read: ${why}`,
      { cause: error },
    );
  });
  const made = loaded && typeof loaded === 'object' && 'default' in loaded ? loaded.default : undefined;
  if (!isPipeline(made)) {
    throw new PipelineError(`${place(path)} must have "export default pipeline(NAME, { … })".`);
  }
  return made;
}

/** A path as somebody would type it. */
function place(path: string): string {
  const typed = relative(process.cwd(), path);
  return typed.startsWith('..') ? path : typed;
}

/** Only the stack tells where in a file Node stumbled. */
function lineOf(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, line] = stack.split(`/${file}`, 2)[1]?.match(/^(:\d+)/) ?? [];
  return line ?? '';
}
