/** Filling an empty database from a dump, in a transaction of the caller's. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { describeError } from '../logs/redact.ts';
import { readScript } from './read-script.ts';

/** Runs the script of a dump. */
export async function load(
  client: Client,
  path: string,
  onTable: (name: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const script = createReadStream(path, signal ? { signal } : {}).pipe(createGunzip());
  await readScript(script, {
    sql: async (text) => {
      await client.query(text).catch((cause) => fail('the schema', cause));
    },
    async rows(statement, chunks) {
      const name = statement.split(' ')[1] ?? '';
      onTable(name);
      await pipeline(chunks, client.query(copyFrom(statement))).catch((cause) => fail(name, cause));
    },
  });
}

function fail(what: string, cause: unknown): never {
  throw new Error(`${what} could not be restored: ${describeError(cause).message}`, { cause });
}
