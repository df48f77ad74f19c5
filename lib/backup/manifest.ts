/** What stands beside a dump and says what is in it: a dump without one was never finished. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { writeWhole } from './whole-file.ts';

const Table = z.object({
  name: z.string(),
  all: z.array(z.string()),
  rows: z.int().min(0),
  checksum: z.string(),
});

const Manifest = z.object({
  format: z.literal(1),
  /** Which program reads the dump: `rows` is SQL for us and for psql, `pg_dump` is for pg_restore. */
  by: z.enum(['rows', 'pg_dump']),
  file: z.string().regex(/^[^/\\]+$/),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The instant of the snapshot, by RunLog's clock. */
  taken_at: z.iso.datetime(),
  database: z.string(),
  server: z.string(),
  migrations: z.array(z.object({ version: z.string(), name: z.string(), checksum: z.string() })),
  epoch: z.int().min(0),
  tables: z.array(Table),
  left_out: z.array(z.string()),
  verified: z.object({ at: z.iso.datetime(), server: z.string() }).nullable(),
});

export type Manifest = z.infer<typeof Manifest>;

/** Reads a manifest; says what is wrong with what is none. */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    if (cause?.code !== 'ENOENT') throw cause;
    throw new Error(`${path} is missing: without it nobody knows whether the dump beside it is whole.`, {
      cause,
    });
  });
  try {
    return Manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is no manifest of a backup that this version can read.`, { cause });
  }
}

/** Writes a manifest, whole or not at all, also over an older one. */
export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await writeWhole(path, [`${JSON.stringify(manifest, null, 2)}\n`]);
}
