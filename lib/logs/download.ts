/** All lines that fit, written while they are read page by page: neither memory nor a session is held for their number. */
import type { LogLine } from '../contract/log-line.ts';
import type { Db } from '../db/connect.ts';
import type { LogFilter } from './filter.ts';
import { findLines, keyOf, onward } from './find.ts';
import type { LogKey, LogPlace, Order } from './order.ts';
import { visible } from './visible.ts';

/** Lines of one page. */
const BULK = 1000;

type Wanted = {
  order: Order;
  place: LogPlace;
  format: 'ndjson' | 'text';
  limit: number | undefined;
  /** Breaks the file off. */
  signal: AbortSignal;
};

/** What was read, and where to go on. */
type Piece = { lines: LogLine[]; more: LogKey | undefined };

/** The bytes of a file; what is refused is thrown before the first. Broken off, it ends in an error. */
export async function openLogDownload(
  db: Db,
  filter: LogFilter,
  { order, place, format, limit = Number.POSITIVE_INFINITY, signal }: Wanted,
): Promise<ReadableStream<Uint8Array>> {
  const written = format === 'text' ? textOf(filter) : inJson;
  const encoder = new TextEncoder();
  let left = limit;
  let at = place;

  async function read(): Promise<Piece> {
    const most = Math.min(BULK, left);
    const { lines, edge } = await findLines(db, filter, { order, place: at, limit: most });
    left -= lines.length;
    // With conditions that no index has, a full page says nothing of where the search stood.
    const last = lines.length === most ? lines.at(-1) : undefined;
    return { lines, more: left === 0 ? undefined : last ? keyOf(last) : edge };
  }

  let next: Piece | undefined = await read();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (next) {
          signal.throwIfAborted();
          const { lines, more } = next;
          if (lines.length > 0) controller.enqueue(encoder.encode(lines.map(written).join('')));
          if (more) at = onward(at, more);
          next = more && (await read());
          if (lines.length > 0 && next) return;
        }
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

const inJson = (line: LogLine) => `${JSON.stringify(line)}\n`;

/** One line of text: when, how bad, where from, whose unless that is the same for all, what, and the rest as JSON. */
function textOf({ job_run_id, task_run_id }: LogFilter): (line: LogLine) => string {
  return (line) => {
    const run = job_run_id === undefined && task_run_id === undefined ? line.job_run_id : null;
    const task = task_run_id === undefined ? line.task_run_id : null;
    const parts = [
      line.timestamp,
      line.level.toUpperCase().padEnd(5),
      line.stream,
      run && `run=${run}`,
      task && `task=${task}`,
      visible(line.message),
      line.metadata === null ? null : visible(JSON.stringify(line.metadata)),
    ];
    return `${parts.filter((part) => part !== null).join(' ')}\n`;
  };
}
