/** Whether RunLog has the schema that this code was written for. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ROOT } from '../config.ts';
import { describeError } from '../logs/redact.ts';
import type { Db } from './connect.ts';

/** What is missing before work can begin; undefined: nothing. A newer schema is well: code and schema roll out apart. */
export async function schemaMissing(runlog: Db): Promise<string | undefined> {
  try {
    const [files, there] = await Promise.all([readdir(join(ROOT, 'migrations/runlog')), readVersion(runlog)]);
    const wanted = newest(files);
    if (there !== null && there >= wanted) return undefined;
    return `RunLog is at migration ${there ?? 'none'} and this code needs ${wanted}: run \`kubescribe migrate\``;
  } catch (error) {
    return `RunLog does not say what schema it has: ${describeError(error).message}`;
  }
}

async function readVersion(runlog: Db): Promise<string | null> {
  const { rows } = await sql<{ version: string | null }>`select schema_version() as version`.execute(runlog);
  return rows[0]?.version ?? null;
}

const newest = (files: readonly string[]) =>
  files
    .map((file) => file.slice(0, '000000'.length))
    .filter((version) => /^\d+$/.test(version))
    .toSorted()
    .at(-1) ?? '';
