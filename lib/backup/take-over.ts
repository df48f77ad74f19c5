/** Putting a backup in RunLog's place, so that the work goes on from it. */
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import { type Actor, record } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import { connect, openRunLog } from '../db/connect.ts';
import { migrateUp, runlogMigrations } from '../db/migrate.ts';
import { liftEpochs } from '../work/epochs.ts';
import type { Kept } from './keep.ts';
import { recorded } from './record.ts';
import { type Restoring, restoreInto } from './restore.ts';
import { openSession } from './session.ts';

/** Any of these with a row in it is somebody's past. */
const PAST = ['run_log', 'run_requests', 'pipelines', 'logs', 'audit', 'dead_letters'];

/** What is in the place where RunLog shall be. */
export type There = { is: 'nothing' | 'empty' | 'filled'; epoch: number };

/** Looks before anything is done. */
export async function whatIsThere(url: string): Promise<There> {
  const client = await openSession(url, 'kubescribe restore');
  try {
    const { rows } = await client.query<{ name: string }>(
      'select name from unnest($1::text[]) name where to_regclass(name) is not null',
      [[...PAST, 'epochs']],
    );
    const names = rows.map(({ name }) => name);
    const tables = names.filter((name) => name !== 'epochs');
    if (tables.length === 0) return { is: 'nothing', epoch: 0 };
    const epoch = names.includes('epochs')
      ? await readNumber(client, 'select last_value as n from epochs')
      : 0;
    const filled = tables.map((name) => `select from ${name}`).join(') or exists (');
    const past = await readNumber(client, `select (exists (${filled}))::int as n`);
    return { is: past > 0 ? 'filled' : 'empty', epoch };
  } finally {
    await client.end();
  }
}

export type TakingOver = Restoring & {
  url: string;
  report: string | undefined;
  actor: Actor;
  why: string | undefined;
};

/** Restores, brings the schema up to date, and lifts the epochs above all that were ever handed out. */
export async function takeOver(
  kept: Kept,
  there: There,
  taking: TakingOver,
): Promise<{ applied: string[]; epoch: number }> {
  const { url, report, actor, why } = taking;
  const { manifest, path } = kept;
  // Were it known only later that the report database is away, RunLog would already be another.
  const fence = report === undefined ? 0 : await highestFence(report);
  await restoreInto(url, kept, taking, there.is !== 'nothing');
  const applied = await migrateUp(url, runlogMigrations);
  const db = openRunLog(url, { name: 'kubescribe restore', max: 1, statementTimeout: 60_000 });
  try {
    const epoch = Math.max(fence, there.epoch, manifest.epoch);
    const file = join(dirname(path), manifest.file);
    await recorded(
      db,
      'restore',
      file,
      async () => {
        await liftEpochs(db, epoch);
        const details = {
          file: manifest.file,
          taken_at: manifest.taken_at,
          sha256: manifest.sha256,
          replaced: there.is,
        };
        await commit('restored', db, (tx) =>
          record(tx, actor, { action: 'backup.restore', subject: 'RunLog', why, details }),
        );
      },
      () => ({ bytes: manifest.bytes, checksum: manifest.sha256 }),
    );
    return { applied, epoch };
  } finally {
    await db.destroy();
  }
}

async function highestFence(report: string): Promise<number> {
  const client = await connect(report, { name: 'kubescribe restore' });
  try {
    const here = await readNumber(client, `select (to_regclass('kubescribe.fence') is not null)::int as n`);
    return here === 0
      ? 0
      : await readNumber(client, 'select coalesce(max(epoch), 0) as n from kubescribe.fence');
  } finally {
    await client.end();
  }
}

async function readNumber(client: Client, sql: string): Promise<number> {
  const { rows } = await client.query<{ n: number | string }>(sql);
  return Number(rows[0]!.n);
}
