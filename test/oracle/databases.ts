import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { migrateUp, reportMigrations } from '../../lib/db/migrate.ts';
import { startPostgres } from '../../local/postgres.ts';
import { PLACE } from '../setup/test-server.ts';
import { closeLane, type Lane, openLane } from './lane.ts';
import { mayDie } from './worker.ts';

/** Tests with lanes on a server of their own: what other tests leave open would hold the source's horizon back. */
export const test = base
  .extend('place', { scope: 'file' }, () => PLACE)
  .extend('postgres', { scope: 'file' }, async ({ place }, { onCleanup }) => {
    const home = mkdtempSync(join(place, 'kubescribe-test-'));
    const server = await startPostgres({ home, databases: ['prod', 'report'], fsync: false });
    onCleanup(async () => {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    });
    await migrateUp(server.url('report'), reportMigrations);
    mayDie();
    return { prod: server.url('prod'), report: server.url('report') };
  })
  .extend('lanes', async ({ postgres }, { onCleanup }) => {
    const open: Lane[] = [];
    onCleanup(async () => {
      for (const lane of open) await closeLane(lane);
    });
    return async (count: number): Promise<Lane[]> => {
      for (let i = 0; i < count; i++) open.push(await openLane(randomUUID().slice(0, 8), postgres));
      return open;
    };
  });
