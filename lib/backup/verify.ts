/** Whether a backup is good: it is restored, and every table is counted and compared. */
import { dirname, join } from 'node:path';
import type { Db } from '../db/connect.ts';
import type { Kept } from './keep.ts';
import { type Manifest, writeManifest } from './manifest.ts';
import { recorded } from './record.ts';
import { type Restoring, restoreInto } from './restore.ts';
import { withScratch } from './scratch.ts';

export type Verifying = Restoring & {
  /** On which it is tried out. */
  server: string;
  /** Undefined: RunLog is away, and is not told. */
  db: Db | undefined;
  now(): string;
};

/** Restores into a scratch database of a server and notes in the manifest that it went well; RunLog is told if it is there. */
export async function verify(kept: Kept, { server, db, now, ...restoring }: Verifying): Promise<Manifest> {
  const { manifest, path } = kept;
  const tryOut = () => withScratch(server, (url) => restoreInto(url, kept, restoring, false));
  const file = join(dirname(path), manifest.file);
  if (db) await recorded(db, 'verify', file, tryOut, () => ({ checksum: manifest.sha256 }));
  else await tryOut();
  const verified = { ...manifest, verified: { at: now(), server: new URL(server).host } };
  await writeManifest(path, verified);
  return verified;
}
