/** Which tables the pipelines name: what their login must be allowed to read and write. */
import * as z from 'zod';
import type { Pipeline } from '../pipeline/options.ts';

export type PipelineTables = {
  source: string[];
  report: { written: string[]; read: string[] };
};

/** An ingest reads a table of production, a roll-up one of the report database. */
const Ingest = z.looseObject({ from: z.looseObject({ table: z.string() }), into: z.string() });
const Rollup = z.looseObject({ from: z.string(), into: z.string() });

/** The tables that ingests and roll-ups name; what a task of free SQL reads or writes nobody can see. */
export function tablesOf(pipelines: readonly Pipeline[]): PipelineTables {
  const specs = pipelines.flatMap(({ tasks }) => tasks.map(({ spec }) => spec));
  const ingests = specs.flatMap((spec) => Ingest.safeParse(spec).data ?? []);
  const rollups = specs.flatMap((spec) => Rollup.safeParse(spec).data ?? []);
  return {
    source: once(ingests.map(({ from }) => from.table)),
    report: {
      written: once([...ingests, ...rollups].map(({ into }) => into)),
      read: once(rollups.map(({ from }) => from)),
    },
  };
}

const once = (names: string[]) => [...new Set(names)];
