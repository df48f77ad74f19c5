/** Files that are there whole or not at all, and that nobody else may read. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Duplex, PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a process that died left behind begins like this. */
export const PARTIAL = '.partial-';
const OWNER_ALONE = 0o600;

export type Written = { bytes: number; sha256: string };
type Chunks = AsyncIterable<string | Buffer> | Iterable<string | Buffer>;

/** Writes all of it, through what packs it, under another name, to the disk, and only then gives it its own. */
export async function writeWhole(
  path: string,
  chunks: Chunks,
  { through = new PassThrough(), signal }: { through?: Duplex; signal?: AbortSignal } = {},
): Promise<Written> {
  return makeWhole(path, async (partial) => {
    const file = createWriteStream(partial, { flags: 'wx', mode: OWNER_ALONE });
    const hash = createHash('sha256');
    let bytes = 0;
    const counted = async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        hash.update(chunk);
        bytes += Buffer.byteLength(chunk);
        yield chunk;
      }
    };
    await pipeline(chunks, through, counted, file, signal ? { signal } : {});
    return { bytes, sha256: hash.digest('hex') };
  });
}

/** The same for a file that `make` writes to the path that it is given. */
export async function makeWhole<T>(path: string, make: (partial: string) => Promise<T>): Promise<T> {
  const folder = dirname(path);
  const partial = join(folder, `${PARTIAL}${randomBytes(4).toString('hex')}-${basename(path)}`);
  try {
    const made = await make(partial);
    await flush(partial, OWNER_ALONE);
    await rename(partial, path);
    await flush(folder);
    return made;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function flush(path: string, mode?: number): Promise<void> {
  const handle = await open(path, 'r');
  try {
    if (mode !== undefined) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The size and the SHA-256 of a file. */
export async function measureFile(path: string): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
