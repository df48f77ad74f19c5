import { expect } from 'vitest';
import {
  migrateDown,
  migrateUp,
  migrationStatus,
  printSql,
  reportMigrations,
  runlogMigrations,
} from '../../../lib/db/migrate.ts';
import { test, testOn16 } from '../../setup/fixtures.ts';
import { catalogue } from './catalogue.ts';

const ALL = 999;
const MINUTE = 60_000;
const servers = [
  ['PostgreSQL 18', test],
  ['PostgreSQL 16', testOn16],
] as const;
const sets = [
  ['RunLog', runlogMigrations],
  ['the report database', reportMigrations],
] as const;

for (const [server, on] of servers) {
  for (const [what, set] of sets) {
    on(
      `${what}: up, down and up again leave the same on ${server}, and down leaves nothing`,
      async ({ empty, connect }) => {
        const client = await connect(empty);
        const before = await catalogue(client);
        const applied = await migrateUp(empty, set);
        const first = await catalogue(client);

        expect(await migrateDown(empty, set, ALL)).toEqual(applied.toReversed());
        expect(await catalogue(client)).toEqual(before);

        await migrateUp(empty, set);
        expect(await catalogue(client)).toEqual(first);
        expect(first.length).toBeGreaterThan(before.length);
      },
    );

    const undoes = `${what}: each step down undoes exactly its own step up on ${server}`;
    on(undoes, { timeout: 3 * MINUTE }, async ({ empty, connect }) => {
      const client = await connect(empty);
      const steps = await migrateUp(empty, set);
      const full = await catalogue(client);

      for (let count = 1; count <= steps.length; count++) {
        await migrateDown(empty, set, count);
        await migrateUp(empty, set);
        expect(await catalogue(client)).toEqual(full);
      }
    });

    on(
      `${what}: schema.sql makes what the migrations make on ${server}, history included`,
      async ({ empty, connect }) => {
        const client = await connect(empty);
        await client.query(await printSql(set));
        const loaded = await catalogue(client);
        const status = await migrationStatus(empty, set);

        expect(await migrateUp(empty, set)).toEqual([]);
        expect(status.filter(({ state }) => state !== 'applied')).toEqual([]);

        await migrateDown(empty, set, ALL);
        await migrateUp(empty, set);
        expect(await catalogue(client)).toEqual(loaded);
      },
    );
  }
}
