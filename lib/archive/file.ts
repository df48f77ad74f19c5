/** A month in a file: rows as COPY writes them, packed, and beside it what they must be. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';

export const ENDING = '.copy.gz';
const NEWLINE = 0x0a;

/** What a file must hold. */
export const Contents = z.strictObject({
  format: z.literal(1),
  part: z.string().regex(/^[a-z_]+_\d{6}$/),
  table_name: z.string().regex(/^[a-z_]+$/),
  from_time: z.string(),
  until_time: z.string(),
  columns: z.array(z.string()),
  rows: z.int(),
  /** Of the rows as COPY wrote them. */
  sha256: z.string(),
});
export type Contents = z.infer<typeof Contents>;

/** The path of what a file must hold. */
export const besides = (file: string) => `${file.slice(0, -ENDING.length)}.json`;

/** Counts rows and hashes bytes on their way. */
export function measured() {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    async *through(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        // COPY writes a newline within a value as two other characters.
        for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows++;
        yield chunk;
      }
    },
    done: () => ({ rows, sha256: hash.digest('hex') }),
  };
}

/** The rows of a file. */
export const unpacked = (file: string): AsyncIterable<Buffer> => createReadStream(file).pipe(createGunzip());

/** Reads a file to its end; throws when it does not hold what it must. */
export async function verifyFile(
  file: string,
  { rows, sha256 }: Pick<Contents, 'rows' | 'sha256'>,
): Promise<void> {
  const counting = measured();
  for await (const _ of counting.through(unpacked(file)));
  const found = counting.done();
  if (found.rows !== rows || found.sha256 !== sha256)
    throw new Error(`${file} does not hold what was written: ${found.rows} rows of ${rows}, or other ones.`);
}

/** What a file must hold, as it says itself. */
export async function readContents(file: string): Promise<Contents> {
  if (!file.endsWith(ENDING)) throw new Error(`${file} is no archive: its name does not end in ${ENDING}.`);
  return Contents.parse(JSON.parse(await readFile(besides(file), 'utf8')));
}
