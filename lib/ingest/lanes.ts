/** Two lanes for rows on their way: what is provably valid goes on typed and as it is, the rest as text, to be judged. */
import { FIRST_HASH, type KeyHash } from './key-hash.ts';
import type { Provable } from './provable.ts';

const [TAB, NEWLINE] = [0x09, 0x0a];
/** Places for hashes of keys; doubled before half of them are taken. */
const FEWEST_PLACES = 2 ** 12;

export type Lane = 'fast' | 'slow';

/** A column on its way: what its bytes must prove, and its hash where it is a part of the key. */
export type Field = { holds: Provable; hash?: KeyHash | undefined };

/** Told of runs of whole rows, in their order. */
type Sink = (lane: Lane, rows: Buffer) => void;

export type Splitter = {
  /**
   * Takes the next bytes of a COPY in text format, wherever they begin and end, until it has so many rows of them; returns
   * what is left, which is to be given next.
   */
  take(chunk: Buffer, most: number): Buffer | undefined;
  /** Forgets the keys that went by. */
  forget(): void;
  /** Rows so far. */
  count(): number;
  /** The first column of the last row. */
  last(): string | undefined;
};

/**
 * Splits rows whose columns must be provable; the bytes themselves are not touched. No two rows of the fast lane have the
 * same key: one that may have been seen goes to the slow lane.
 */
export function splitLanes(fields: readonly Field[], sink: Sink): Splitter {
  const isKeyed = fields.some(({ hash }) => hash);
  const seen = hashSet();
  /** Pieces of the row that is not there whole yet. */
  let rest: Buffer[] = [];
  let count = 0;
  let last: string | undefined;
  let fits: Lane = 'fast';

  return { take, forget: seen.clear, count: () => count, last: () => last };

  function take(chunk: Buffer, most: number): Buffer | undefined {
    const full = count + most;
    let rows = chunk;
    if (rest.length > 0) {
      // Only the row that was cut is put together: to copy whole chunks fills memory faster than it is collected.
      const end = chunk.indexOf(NEWLINE) + 1;
      if (end === 0) {
        rest.push(chunk);
        return undefined;
      }
      takeRows(Buffer.concat([...rest, chunk.subarray(0, end)]), full);
      rest = [];
      rows = chunk.subarray(end);
    }
    const left = rows.subarray(takeRows(rows, full));
    if (left.length === 0) return undefined;
    if (count === full) return left;
    rest = [Buffer.from(left)];
    return undefined;
  }

  /** Takes what is whole, until there are so many rows; returns where that ends. */
  function takeRows(bytes: Buffer, full: number): number {
    let [row, run, lastRow] = [0, 0, -1];
    let lane: Lane = 'fast';
    while (count < full) {
      const end = endOfRow(bytes, row);
      if (end === 0) break;
      if (fits !== lane) {
        if (row > run) sink(lane, bytes.subarray(run, row));
        [run, lane] = [row, fits];
      }
      lastRow = row;
      count++;
      row = end;
    }
    if (row > run) sink(lane, bytes.subarray(run, row));
    if (lastRow >= 0) last = bytes.toString('latin1', lastRow, endOfFirst(bytes, lastRow));
    return row;
  }

  /** Where the row ends that begins here, 0 when that has not come yet; `fits` is then its lane. */
  function endOfRow(bytes: Buffer, row: number): number {
    const size = bytes.length;
    let at = row;
    let hash = FIRST_HASH;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      let to = at;
      while (to < size && bytes[to] !== TAB && bytes[to] !== NEWLINE) to++;
      if (to === size) return 0;
      const isLast = i === fields.length - 1;
      if ((bytes[to] === NEWLINE) !== isLast || !field.holds(bytes, at, to)) {
        fits = 'slow';
        return bytes.indexOf(NEWLINE, to) + 1;
      }
      if (field.hash) hash = field.hash(hash, bytes, at, to);
      at = to + 1;
    }
    fits = isKeyed && seen.takes(hash) ? 'slow' : 'fast';
    return at;
  }
}

function endOfFirst(bytes: Buffer, row: number): number {
  let to = row;
  while (bytes[to] !== TAB && bytes[to] !== NEWLINE) to++;
  return to;
}

/** Numbers of 32 bits; 0 stands for an empty place, and is taken for seen. */
function hashSet() {
  let places = new Int32Array(FEWEST_PLACES);
  let taken = 0;

  /** Whether it is in there already; it is afterwards. */
  function takes(hash: number): boolean {
    const value = hash | 0;
    if (value === 0) return true;
    const mask = places.length - 1;
    let at = (value ^ (value >>> 15)) & mask;
    for (; places[at] !== 0; at = (at + 1) & mask) if (places[at] === value) return true;
    places[at] = value;
    if (++taken * 2 > places.length) grow();
    return false;
  }

  function grow(): void {
    const before = places;
    places = new Int32Array(before.length * 2);
    taken = 0;
    for (const value of before) if (value !== 0) takes(value);
  }

  const clear = () => {
    places.fill(0);
    taken = 0;
  };
  return { takes, clear };
}
