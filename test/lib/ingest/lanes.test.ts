import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyHash } from '../../../lib/ingest/key-hash.ts';
import { type Lane, splitLanes } from '../../../lib/ingest/lanes.ts';
import { orNull, provable } from '../../../lib/ingest/provable.ts';

const cell = fc.oneof(
  fc.constantFrom('1', '22', '\\N', 'x', '', '1\\t2'),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
);
const clean = (text: string) => text.replaceAll(/[\t\n\0]/g, '');
const rowsOf = fc.array(fc.array(cell.map(clean), { minLength: 1, maxLength: 4 }), { maxLength: 40 });

/** Bytes in pieces that end anywhere. */
function* pieces(bytes: Buffer, sizes: number[]) {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizesOf = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });

test('every row goes whole and in order into one lane, wherever chunks and parts are cut', () => {
  fc.assert(
    fc.property(rowsOf, sizesOf, sizesOf, (rows, sizes, parts) => {
      const lanes: Record<Lane, string> = { fast: '', slow: '' };
      const splitter = splitLanes(
        [{ holds: orNull(provable.bigint) }, { holds: provable.text }],
        (lane, bytes) => {
          lanes[lane] += bytes.toString();
        },
      );
      const text = (all: string[][]) => all.map((row) => `${row.join('\t')}\n`).join('');

      let [part, full] = [0, parts[0]!];
      for (const piece of pieces(Buffer.from(text(rows)), sizes))
        for (let left: Buffer | undefined = piece; left; ) {
          left = splitter.take(left, full - splitter.count());
          expect(splitter.count()).toBeLessThanOrEqual(full);
          if (left) expect(splitter.count()).toBe(full);
          if (splitter.count() === full) full += parts[++part % parts.length]!;
        }

      const fits = (row: string[]) => row.length === 2 && /^([+-]?\d{1,18}|\\N)$/.test(row[0]!);
      expect(lanes).toEqual({
        fast: text(rows.filter(fits)),
        slow: text(rows.filter((row) => !fits(row))),
      });
      expect(splitter.count()).toBe(rows.length);
      const last = rows.at(-1)?.[0];
      expect(Buffer.from(splitter.last() ?? '', 'latin1').toString()).toBe(last ?? '');
    }),
  );
});

test('a row of 64 MB in pieces of 8 KB is put together once', () => {
  const seen: Record<Lane, number> = { fast: 0, slow: 0 };
  const splitter = splitLanes([{ holds: provable.text }], (lane, bytes) => {
    seen[lane] += bytes.length;
  });
  const row = Buffer.alloc(2 ** 26, 'a').fill('\n', 2 ** 26 - 1);

  for (const piece of pieces(row, [2 ** 13])) splitter.take(piece, 1);

  expect(seen).toEqual({ fast: row.length, slow: 0 });
});

test('of rows with the same key only the first goes into the fast lane, until keys are forgotten', () => {
  const lanes: Record<Lane, string> = { fast: '', slow: '' };
  const fields = [{ holds: provable.bigint }, { holds: provable.numeric, hash: keyHash.numeric }];
  const splitter = splitLanes(fields, (lane, bytes) => {
    lanes[lane] += bytes.toString();
  });

  splitter.take(Buffer.from('1\t7\n2\t8\n3\t07.0\n'), 9);
  splitter.forget();
  splitter.take(Buffer.from('4\t7\n5\t7\n'), 9);

  expect(lanes).toEqual({ fast: '1\t7\n2\t8\n4\t7\n', slow: '3\t07.0\n5\t7\n' });
});
