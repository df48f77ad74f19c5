import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachTuple } from '../../../lib/audit/tuples.ts';

type Row = (Buffer | null)[];

const number = (value: number, bytes: 2 | 4) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
};

/** As PostgreSQL writes it. */
const copied = (rows: Row[]) =>
  Buffer.concat([
    Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
    number(0, 4),
    number(0, 4),
    ...rows.flatMap((row) => [
      number(row.length, 2),
      ...row.flatMap((value) => (value ? [number(value.length, 4), value] : [number(-1, 4)])),
    ]),
    number(-1, 2),
  ]);

test('rows are the same wherever their bytes are cut', async () => {
  const value = fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(value, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      async (rows, cuts) => {
        const bytes = copied(rows);
        const places = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length].sort((a, b) => a - b);
        async function* pieces() {
          for (const [i, end] of places.slice(1).entries()) yield bytes.subarray(places[i], end);
        }
        const read: Row[] = [];

        await eachTuple(pieces(), ({ bytes: all, at, size }) => {
          const row = rows[read.length] ?? [];
          read.push(
            row.map((_, i) => {
              const [from = 0, length = -1] = [at[i], size[i]];
              return length < 0 ? null : Buffer.from(all.subarray(from, from + length));
            }),
          );
        });

        expect(read).toEqual(rows);
      },
    ),
    { numRuns: 300 },
  );
});
