/** What an ingest is told: where rows come from, what they must be, and where they go. */
import { PipelineError } from '../pipeline/define.ts';
import type { provable } from './provable.ts';

type Column = { type: keyof typeof provable };

export type IngestSpec = {
  name: string;
  /**
   * The source table in production (a table, no view), its unique growing integer, and its columns of origin:
   * when the source said it, and who. `time`: its column that says when a row is of; a backfill reads ranges of it.
   */
  from: { table: string; id: string; receivedAt: string; source: string; time?: string };
  /** Columns, by name, alike in source (as text) and target (typed). */
  columns: Record<string, Column>;
  /** Rules by name: SQL over the typed columns that is true for a row to be rejected. */
  rules: Record<string, string>;
  /** Columns that make a row one and the same; a row without one of them is rejected. */
  key: string[];
  /** Sources, the most trusted first; a source that is not named is trusted least. */
  sources: readonly string[];
  into: string;
  /** Rows that a batch reads at most; left out, batches grow and shrink towards 5 s each. */
  batchRows?: number;
  /** Groups of a roll-up that a written row touches: its target, and the group's columns as SQL. */
  touches?: { target: string; by: Record<string, string> };
};

/** Throws a PipelineError when an ingest cannot work as written. */
export function checkSpec({ name, columns, key, batchRows }: IngestSpec): void {
  const fail = (why: string): never => {
    throw new PipelineError(`Task "${name}": ${why}`);
  };
  if (key.length === 0) fail('it needs a key.');
  const unknown = key.find((column) => !(column in columns));
  if (unknown !== undefined) fail(`its key names "${unknown}", which is none of its columns.`);
  const reserved = Object.keys(columns).find((column) => column.startsWith('ks_'));
  if (reserved !== undefined) fail(`"${reserved}": names that begin with ks_ are KubeScribe's own.`);
  if (batchRows !== undefined && !(Number.isInteger(batchRows) && batchRows > 0))
    fail('batchRows must be a whole number above 0.');
}
