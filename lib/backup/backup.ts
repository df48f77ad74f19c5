/** Making a backup: a dump and its manifest, both of one snapshot. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Db } from '../db/connect.ts';
import { countAll, dumpRows, type Snapshot, takeSnapshot } from './dump.ts';
import { type Kept, listBackups, MANIFEST, nameOf, removeBackup, removePartial, surplus } from './keep.ts';
import { type Manifest, writeManifest } from './manifest.ts';
import { findTool, runTool } from './pg-tools.ts';
import { recorded, takeTurn } from './record.ts';
import { openSession } from './session.ts';
import { makeWhole, measureFile, type Written } from './whole-file.ts';

export type Wish = {
  url: string;
  db: Db;
  folder: string;
  by: Manifest['by'];
  /** In how many hours another one is to follow: who looks at them says when none has. */
  within: number;
  onTable(name: string): void;
  signal: AbortSignal;
};

const ENDING = { rows: '.sql.gz', pg_dump: '.dump' };

/** Makes one, and gives it to `meanwhile` before the next may begin. */
export async function backup(wish: Wish, meanwhile: (kept: Kept) => Promise<Manifest>): Promise<Manifest> {
  const { url, db, folder, by, within } = wish;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const client = await openSession(url, 'kubescribe backup');
  const stop = () => void client.end().catch(() => {});
  wish.signal.addEventListener('abort', stop, { once: true });
  try {
    await takeTurn(client, db);
    const snapshot = await takeSnapshot(client, by === 'pg_dump');
    const name = nameOf(snapshot.database, snapshot.takenAt);
    const path = join(folder, name + ENDING[by]);
    const manifest = await recorded(
      db,
      'backup',
      path,
      () => make(wish, snapshot, path, name),
      ({ bytes, sha256, tables }) => ({
        bytes,
        checksum: sha256,
        details: {
          by,
          tables: tables.length,
          rows: tables.reduce((sum, { rows }) => sum + rows, 0),
          within_h: within,
        },
      }),
    );
    await client.query('rollback');
    return await meanwhile({ path: join(folder, name + MANIFEST), manifest });
  } finally {
    wish.signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

async function make(wish: Wish, snapshot: Snapshot, path: string, name: string): Promise<Manifest> {
  const { url, folder, by, onTable } = wish;
  // What fails first ends the others.
  const failing = new AbortController();
  const signal = AbortSignal.any([wish.signal, failing.signal]);
  const dumping =
    by === 'rows' ? dumpRows(snapshot, path, onTable, signal) : dumpByTool(url, snapshot, path, signal);
  const counting = countAll(url, snapshot, signal);
  for (const one of [dumping, counting]) one.catch((error) => failing.abort(error));
  await Promise.allSettled([dumping, counting]);
  wish.signal.throwIfAborted();
  failing.signal.throwIfAborted();
  const [written, tables] = await Promise.all([dumping, counting]);
  const { described, history, takenAt, database, server } = snapshot;
  const manifest: Manifest = {
    format: 1,
    by,
    file: name + ENDING[by],
    ...written,
    taken_at: takenAt,
    database,
    server,
    migrations: history.map(({ version, name, checksum }) => ({ version, name, checksum })),
    epoch: described.sequences.find((one) => one.name === 'epochs')?.value ?? 0,
    tables,
    left_out: by === 'rows' ? described.foreign : [],
    verified: null,
  };
  await writeManifest(join(folder, name + MANIFEST), manifest);
  return manifest;
}

async function dumpByTool(
  url: string,
  { id, server }: Snapshot,
  path: string,
  signal: AbortSignal,
): Promise<Written> {
  const tool = await findTool('pg_dump', server);
  return makeWhole(path, async (partial) => {
    await runTool(tool, ['--format=custom', `--snapshot=${id}`, `--file=${partial}`], url, signal);
    return measureFile(partial);
  });
}

/** Removes all but the newest of a database, and what cut-off backups left; returns what went. */
export async function removeOld(
  { db, folder }: Pick<Wish, 'db' | 'folder'>,
  database: string,
  keep: number,
  now: number,
): Promise<string[]> {
  await removePartial(folder, now);
  const old = surplus(await listBackups(folder), database, keep);
  for (const one of old)
    await recorded(
      db,
      'remove',
      join(folder, one.manifest.file),
      () => removeBackup(folder, one),
      () => ({}),
    );
  return old.map(({ manifest }) => manifest.file);
}
