/** Reads a file of the log to its end, and prints how much it was and how much memory that took at most. */
import { openRunLog } from '../../lib/db/connect.ts';
import { openLogDownload } from '../../lib/logs/download.ts';

const [url = '', runId = ''] = process.argv.slice(2);
const db = openRunLog(url, { name: 'test' });
const { signal } = new AbortController();
const wanted = { order: 'asc', place: undefined, format: 'ndjson', limit: undefined, signal } as const;
const file = await openLogDownload(db, { job_run_id: runId }, wanted);
const before = process.memoryUsage.rss();
let [bytes, most] = [0, 0];
for await (const chunk of file) {
  bytes += chunk.length;
  most = Math.max(most, process.memoryUsage.rss() - before);
}
await db.destroy();
process.stdout.write(JSON.stringify({ bytes, most }));
