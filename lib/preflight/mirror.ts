/** What a mirror needs of the table that it copies and of the table that it writes. */
import type { Client } from 'pg';
import type { MirrorSpec } from '../ingest/mirror.ts';
import { mirroredColumns } from '../ingest/mirror-columns.ts';
import { Refusal } from '../pipeline/task.ts';
import { type Finding, findingsOf } from './finding.ts';

/** Whether its tables fit each other, and how its rows go over. */
export async function mirrorFinding(production: Client, report: Client, spec: MirrorSpec): Promise<Finding> {
  const { ok, fail } = findingsOf(spec.name);
  try {
    const { columns, format } = await mirroredColumns(production, report, spec);
    return ok(`${columns.length} columns go over as ${format}`);
  } catch (error) {
    if (error instanceof Refusal) return fail(error.message);
    throw error;
  }
}
