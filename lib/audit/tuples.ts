/** Rows of `copy … (format binary)` as they come, without a value of their own for each column. */

/** A row: where each column begins in the bytes, and how long it is; -1: null. It is good until the next one is read. */
export type Tuple = { bytes: Buffer; at: number[]; size: number[] };

/** The signature, flags, and the length of an extension that nobody uses. */
const HEADER = 19;
const END = -1;

/** Calls for each row in turn. */
export async function eachTuple(source: AsyncIterable<Buffer>, take: (tuple: Tuple) => void): Promise<void> {
  let rest: Buffer | undefined;
  let place = HEADER;
  for await (const chunk of source) {
    const bytes: Buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const next = endOf(bytes, place, take);
      if (next === undefined) break;
      place = next;
    }
    rest = bytes.subarray(place);
    place = Math.max(0, place - bytes.length);
  }
}

const tuple: Tuple = { bytes: Buffer.alloc(0), at: [], size: [] };

/** Where the row that begins here ends; undefined: not all of it has come. */
function endOf(bytes: Buffer, begin: number, take: (tuple: Tuple) => void): number | undefined {
  if (begin + 2 > bytes.length) return undefined;
  const columns = bytes.readInt16BE(begin);
  let place = begin + 2;
  if (columns === END) return place;
  for (let i = 0; i < columns; i++) {
    if (place + 4 > bytes.length) return undefined;
    const size = bytes.readInt32BE(place);
    place += 4;
    tuple.at[i] = place;
    tuple.size[i] = size;
    if (size > 0) place += size;
  }
  if (place > bytes.length) return undefined;
  tuple.bytes = bytes;
  take(tuple);
  return place;
}
