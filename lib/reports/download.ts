/** A report as CSV: the server writes it, and it goes through here as fast as it is read, never as a whole. */
import type { Pool } from 'pg';
import { copyOut } from '../db/copy-out.ts';
import type { ReportTable } from './catalogue.ts';
import { type Asking, checkAsking, sliceSql } from './page.ts';
import { refusalOf } from './refusal.ts';
import { inCsv, shownColumns } from './shown.ts';

const SECOND = 1000;
/** Above what a statement may take. */
const LONGEST = 55 * SECOND;

/** The bytes of a CSV with its header; what is refused is thrown before the first. Broken off, it ends in an error. */
export async function openDownload(
  pool: Pool,
  table: ReportTable,
  { limit, fields, ...asking }: Asking & { limit: number | undefined },
): Promise<ReadableStream<Uint8Array>> {
  await checkAsking(pool, table, asking);
  const shown = shownColumns(table, fields).map(inCsv).join(', ');
  const most = limit === undefined ? '' : ` limit ${limit}`;
  const query = `select ${shown} from ${sliceSql(table, asking)}${most}`;
  const client = await pool.connect();
  const copy = copyOut(client, `copy (${query}) to stdout (format csv, header)`);
  // What comes after its end has nobody else to hear it.
  copy.on('error', () => {});
  const chunks: AsyncIterator<Uint8Array> = copy[Symbol.asyncIterator]();
  let released = false;
  // A server that waits for its reader heeds no limit of its own.
  const late = setTimeout(() => release(false), LONGEST);
  const release = (whole: boolean) => {
    clearTimeout(late);
    // A session that is left in mid-sentence is closed.
    if (!released) client.release(!whole);
    released = true;
  };
  let next = await chunks.next().catch((error: unknown) => {
    release(false);
    throw refusalOf(error);
  });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (next.done) {
          release(true);
          return controller.close();
        }
        controller.enqueue(next.value);
        next = await chunks.next().catch((error: unknown) => {
          release(false);
          throw error;
        });
      },
      cancel: () => release(false),
    },
    { highWaterMark: 0 },
  );
}
