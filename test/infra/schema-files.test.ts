import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { schemaFiles } from '../../infra/write-schema.ts';
import { migrateUp, runlogMigrations } from '../../lib/db/migrate.ts';
import { test, testOn16 } from '../setup/fixtures.ts';
import { noPsql, run } from './doors.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFile(join(ROOT, path), 'utf8');

test('every copy of the schema is what the migrations say', async () => {
  const files = await schemaFiles();

  for (const [path, sql] of Object.entries(files)) {
    expect(await read(path), `${path} is stale: run "npx node infra/write-schema.ts"`).toBe(sql);
  }
});

testOn16('the first start of the OpsLog container leaves nothing to migrate', async ({ empty, connect }) => {
  const client = await connect(empty);
  for (const file of ['01_settings.sql', '02_schema.sql'])
    await client.query(await read(`infra/opslog/init/${file}`));

  expect(await migrateUp(empty, runlogMigrations)).toEqual([]);
  const { rows } = await (await connect(empty)).query('show timezone');
  expect(rows).toEqual([{ TimeZone: 'UTC' }]);
});

testOn16.skipIf(noPsql)(
  'the printed psql -f infra/runlog/schema.sql leaves nothing to migrate',
  async ({ empty, connect }) => {
    const loaded = await run('psql', [empty, '-f', 'infra/runlog/schema.sql'], {});
    const again = await run('psql', [empty, '-f', 'infra/runlog/schema.sql'], {});

    expect(loaded).toMatchObject({ code: 0, stderr: expect.not.stringContaining('ERROR') });
    expect(again.stderr).toContain('already exists');
    expect(await migrateUp(empty, runlogMigrations)).toEqual([]);
    const { rows } = await (await connect(empty)).query(
      'select count(*)::int as steps from schema_migrations',
    );
    expect(rows[0].steps).toBeGreaterThan(1);
  },
);
