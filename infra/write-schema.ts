/** Writes the canonical DDL wherever it is promised: `npx node infra/write-schema.ts` after a change of migrations. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printSql, reportMigrations, runlogMigrations } from '../lib/db/migrate.ts';

const ROOT = join(import.meta.dirname, '..');

/** The generated files, by path in the repository, as they must be. */
export async function schemaFiles(): Promise<Record<string, string>> {
  const [runlog, report] = await Promise.all([printSql(runlogMigrations), printSql(reportMigrations)]);
  return {
    'migrations/runlog/schema.sql': runlog,
    'migrations/report/schema.sql': report,
    'infra/runlog/schema.sql': runlog,
    'infra/opslog/init/02_schema.sql': runlog,
  };
}

if (import.meta.main) {
  for (const [path, sql] of Object.entries(await schemaFiles())) await writeFile(join(ROOT, path), sql);
}
