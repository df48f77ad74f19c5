/** The folder of backups: what is there, and which of it goes. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, readManifest } from './manifest.ts';
import { PARTIAL } from './whole-file.ts';

const DAY = 86_400_000;

export type Kept = { path: string; manifest: Manifest };

export const MANIFEST = '.json';

/** The name of a backup without its endings: the newest sorts last. */
export const nameOf = (database: string, takenAt: string) =>
  `runlog-${database.replaceAll(/[^A-Za-z0-9_-]/g, '_')}-${takenAt.replaceAll(/[-:]/g, '')}`;

/** The finished backups of a folder, the newest first; other files are nobody's business. */
export async function listBackups(folder: string): Promise<Kept[]> {
  const names = (await readdir(folder)).filter((name) => /^runlog-.*\.json$/.test(name));
  const read = names.map(async (name) => {
    const path = join(folder, name);
    return readManifest(path).then(
      (manifest): Kept[] => [{ path, manifest }],
      () => [],
    );
  });
  const kept = (await Promise.all(read)).flat();
  return kept.sort((a, b) => (a.manifest.taken_at < b.manifest.taken_at ? 1 : -1));
}

/** Those of a database that go when so many are kept: never the newest that was verified. */
export function surplus(backups: readonly Kept[], database: string, keep: number): Kept[] {
  const own = backups.filter(({ manifest }) => manifest.database === database);
  const sure = own.find(({ manifest }) => manifest.verified !== null);
  return own.slice(keep).filter((one) => one !== sure);
}

/** Removes a backup: the dump first, for a manifest without one is seen, a dump without a manifest is not. */
export async function removeBackup(folder: string, { path, manifest }: Kept): Promise<void> {
  await rm(join(folder, manifest.file), { force: true });
  await rm(path, { force: true });
}

/** Removes what processes that died have left here, a day after them. */
export async function removePartial(folder: string, now: number): Promise<void> {
  for (const name of (await readdir(folder)).filter((one) => one.startsWith(`${PARTIAL}`))) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (now - mtimeMs > DAY) await rm(path, { force: true });
  }
}
