/** Reading a script back: SQL that is run as it stands, and rows that are streamed into their `copy`. */
import { END_OF_ROWS, FIRST_LINE, LAST_LINE } from './script.ts';

export type Sink = {
  sql(text: string): Promise<void>;
  /** The rows of one `copy` statement; resolves when all were taken. */
  rows(statement: string, chunks: AsyncIterable<Buffer>): Promise<void>;
};

const COPY = /^(copy [^\n]* from stdin);\n/m;
const END = Buffer.from(`\n${END_OF_ROWS}`);

/** Feeds a script to a sink, whose transaction is the caller's: the first and the last line are left out. */
export async function readScript(source: AsyncIterable<Buffer>, sink: Sink): Promise<void> {
  const input = source[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);
  let first = true;

  const more = async () => {
    const { value, done } = await input.next();
    if (done) return false;
    pending = Buffer.concat([pending, value]);
    return true;
  };

  /** Up to the line that ends them. What stands before the window counts as the end of a line. */
  async function* rows(): AsyncGenerator<Buffer> {
    pending = Buffer.concat([Buffer.from('\n'), pending]);
    let skip = 1;
    for (;;) {
      const at = pending.indexOf(END);
      const sure = at >= 0 ? at + 1 : pending.length - END.length;
      if (sure > skip) yield pending.subarray(skip, sure);
      if (at >= 0) {
        pending = pending.subarray(at + END.length);
        return;
      }
      const kept = Math.max(0, sure);
      skip = Math.max(0, skip - kept);
      pending = pending.subarray(kept);
      if (!(await more())) throw new Error('The dump ends in the middle of a table.');
    }
  }

  for (;;) {
    // Of one byte a character: places in the text are places in the bytes.
    const found = COPY.exec(pending.toString('latin1'));
    if (!found && (await more())) continue;
    const before = pending.subarray(0, found?.index ?? pending.length).toString('utf8');
    const text = first ? before.replace(FIRST_LINE, '') : before;
    first = false;
    if (!found) {
      if (!text.endsWith(LAST_LINE)) throw new Error('The dump has no end: it is not whole.');
      return sink.sql(text.slice(0, -LAST_LINE.length));
    }
    await sink.sql(text);
    pending = pending.subarray(found.index + found[0].length);
    await sink.rows(found[1] ?? '', rows());
  }
}
