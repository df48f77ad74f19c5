import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { MigrationSet } from '../../../lib/db/migration-files.ts';

/** A folder of migrations for one test: `{ '000001_a': ['up sql', 'down sql'] }`. */
export function migrationFolder(steps: Record<string, [up: string, down: string]>): MigrationSet {
  const folder = mkdtempSync(join(tmpdir(), 'kubescribe-migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [title, [up, down]] of Object.entries(steps)) {
    writeFileSync(join(folder, `${title}.up.sql`), up);
    writeFileSync(join(folder, `${title}.down.sql`), down);
  }
  return { folder, history: 'public' };
}
