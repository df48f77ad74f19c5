/** Two lanes for rows on their way: what is provably valid goes on typed and as it is, the rest as text, to be judged. */
import { isNull, type Provable } from './provable.ts';

const [TAB, NEWLINE] = [0x09, 0x0a];

export type Lane = 'fast' | 'slow';

/** Told of runs of whole rows, in their order. */
type Sink = (lane: Lane, rows: Buffer) => void;

export type Splitter = {
  /** Takes the next bytes of a COPY in text format, wherever they begin and end. */
  take(chunk: Buffer): void;
  /** Rows so far. */
  count(): number;
  /** The first column of the last row. */
  last(): string | undefined;
};

/** Splits rows whose columns must be provable, one check a column; the bytes themselves are not touched. */
export function splitLanes(columns: readonly Provable[], sink: Sink): Splitter {
  let rest: Buffer | undefined;
  let count = 0;
  let last: string | undefined;

  return { take, count: () => count, last: () => last };

  function take(chunk: Buffer): void {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    let row = 0;
    let run = 0;
    let lane: Lane = 'fast';
    let lastRow = -1;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, row)) {
      const fits = isProvable(bytes, row, end) ? 'fast' : 'slow';
      if (fits !== lane) {
        if (row > run) sink(lane, bytes.subarray(run, row));
        [run, lane] = [row, fits];
      }
      lastRow = row;
      count++;
      row = end + 1;
    }
    if (row > run) sink(lane, bytes.subarray(run, row));
    if (lastRow >= 0) last = bytes.toString('latin1', lastRow, endOfField(bytes, lastRow, row - 1));
    rest = row < bytes.length ? bytes.subarray(row) : undefined;
  }

  function isProvable(bytes: Buffer, row: number, end: number): boolean {
    let at = row;
    for (const check of columns) {
      if (at > end) return false;
      const to = endOfField(bytes, at, end);
      if (!check(bytes, at, to) && !isNull(bytes, at, to)) return false;
      at = to + 1;
    }
    return at === end + 1;
  }
}

function endOfField(bytes: Buffer, at: number, end: number): number {
  let to = at;
  while (to < end && bytes[to] !== TAB) to++;
  return to;
}
