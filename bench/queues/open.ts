import { migrateUp, runlogMigrations } from '../../lib/db/migrate.ts';
import type { LocalPostgres } from '../../local/postgres.ts';
import { graphileWorker } from './graphile-worker.ts';
import { ours } from './kubescribe.ts';
import { pgBoss } from './pg-boss.ts';
import type { Queue } from './queue.ts';

/** Pipelines over which our runs are spread, as schedules are. */
const PIPELINES = 16;

export type Three = { ours: Queue; peers: [Queue, Queue]; close(): Promise<void> };

/** All on one server with synchronous commits, each in a database of its own. */
export async function openThree(server: LocalPostgres): Promise<Three> {
  const made = async (database: string) => {
    await server.admin(`drop database if exists ${database} with (force)`);
    await server.admin(`create database ${database}`);
    return server.url(database);
  };
  const runlog = await made('queue_ours');
  await migrateUp(runlog, runlogMigrations);
  const mine = ours(runlog, PIPELINES);
  const boss = await pgBoss(await made('queue_boss'));
  const graphile = await graphileWorker(await made('queue_graphile'));
  return {
    ours: mine,
    peers: [boss, graphile],
    async close() {
      await Promise.all([mine, boss, graphile].map((queue) => queue.close()));
    },
  };
}
