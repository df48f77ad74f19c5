import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Kept, listBackups, MANIFEST } from '../lib/backup/keep.ts';
import { readManifest } from '../lib/backup/manifest.ts';

/** The backup that a path means: of a folder the newest, else the one whose dump or manifest it is. */
export async function namedBackup(named: string): Promise<Kept> {
  const place = resolve(named);
  if ((await stat(place)).isDirectory()) {
    const [newest] = await listBackups(place);
    if (!newest) throw new Error(`There is no finished backup in ${place}.`);
    return newest;
  }
  const path = place.replace(/\.sql\.gz$|\.dump$|\.json$/, '') + MANIFEST;
  return { path, manifest: await readManifest(path) };
}
