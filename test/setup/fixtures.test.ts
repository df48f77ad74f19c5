import { expect } from 'vitest';
import { test, testOn16 } from './fixtures.ts';

const version = 'show server_version_num';

test('each test gets databases of its own', async ({ runlog, report, prod, connect }) => {
  const names = await Promise.all(
    [runlog, report, prod].map(async (url) => {
      const client = await connect(url);
      return (await client.query<{ name: string }>('select current_database() as name')).rows[0]?.name;
    }),
  );

  expect(new Set(names).size).toBe(3);
  expect(names[0]).toMatch(/^t_runlog_/);
});

test('the default is PostgreSQL 18', async ({ server, connect }) => {
  const client = await connect(server);

  expect((await client.query(version)).rows[0].server_version_num).toMatch(/^18/);
});

testOn16('a file can ask for PostgreSQL 16', async ({ runlog, connect }) => {
  const client = await connect(runlog);

  expect((await client.query(version)).rows[0].server_version_num).toMatch(/^16/);
});
