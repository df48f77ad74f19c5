/** Which tables the pipelines name: what their login must be allowed to read and write. */
import type { Pipeline } from '../pipeline/options.ts';
import type { Task } from '../pipeline/task.ts';

type Spec = NonNullable<Task<never>['spec']>;

export type PipelineTables = {
  source: string[];
  report: { written: string[]; read: string[] };
};

/** The tables that tasks name; what free SQL reads nobody can see. */
export function tablesOf(pipelines: readonly Pipeline[]): PipelineTables {
  const specs = pipelines.flatMap(({ tasks }) => tasks.flatMap(({ spec }) => spec ?? []));
  return {
    source: once(specs.flatMap(sourceOf)),
    report: {
      written: once(specs.flatMap((spec) => (spec.kind === 'check' ? [] : spec.into))),
      read: once(specs.flatMap(readBy)),
    },
  };
}

const sourceOf = (spec: Spec): string[] =>
  spec.kind === 'ingest' ? [spec.from.table] : spec.kind === 'mirror' ? [spec.from] : [];

function readBy(spec: Spec): string[] {
  if (spec.kind === 'rollup') return [spec.from];
  if (spec.kind !== 'ingest') return [];
  return Object.values(spec.columns).flatMap(({ references }) => references?.table ?? []);
}

const once = (names: string[]) => [...new Set(names)];
