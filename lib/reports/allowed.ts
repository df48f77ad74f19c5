/** Which tables of the report database people may read: those that pipelines write, and those that the settings name. */
import type { Config } from '../config.ts';
import type { Pipeline } from '../pipeline/options.ts';

export type Writer = { pipeline: string; task: string };

/** A table by the name that a pipeline or the settings give it. */
export type Allowed = { name: string; written_by: Writer[] };

/** Each once, in the order in which they are named. */
export function allowedTables(
  pipelines: readonly Pipeline[],
  { reportTables }: Pick<Config, 'reportTables'>,
): Allowed[] {
  const writers = new Map<string, Writer[]>();
  for (const { name, tasks } of pipelines) {
    for (const task of tasks) {
      const into = task.writes ?? (task.spec && 'into' in task.spec ? task.spec.into : undefined);
      if (into !== undefined)
        writers.set(into, [...(writers.get(into) ?? []), { pipeline: name, task: task.name }]);
    }
  }
  for (const name of reportTables) writers.set(name, writers.get(name) ?? []);
  return [...writers].map(([name, written_by]) => ({ name, written_by }));
}
