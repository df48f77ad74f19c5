/** Shipping: what committed batches left in the report database comes into RunLog, as often as it takes. */
import { sql } from 'kysely';
import type { Client } from 'pg';
import { commitOn } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Books } from '../report/books.ts';
import { demandEpoch } from './claim.ts';
import { onRunLog } from './on-runlog.ts';

/** Batches that one transaction ships at most. */
const AT_ONCE = 200;

type Unshipped = {
  commit_id: number;
  run_id: string;
  task: string;
  batch: number;
  books: Books;
  committed_at: Date;
};

/** Ships the books of every batch in the work's scope that were not shipped; the work's epoch must still hold. */
export async function ship(db: Db, client: Client, work: Work): Promise<void> {
  for (;;) {
    const { rows } = await client.query<Unshipped>(
      `select commit_id, run_id, task, batch, books, committed_at
         from kubescribe.commits where scope = $1 and not shipped order by commit_id limit $2`,
      [work.scope, AT_ONCE],
    );
    if (rows.length === 0) return;
    await onRunLog(db, 'ship', async (tx) => {
      for (const row of rows) await writeBooks(tx, row);
      await sumTasks(tx, [...new Set(rows.map((row) => row.run_id))]);
      await demandEpoch(tx, work.run_id, work.epoch);
    });
    await client.query('begin');
    await client.query('update kubescribe.commits set shipped = true where commit_id = any($1)', [
      rows.map((row) => row.commit_id),
    ]);
    await commitOn('shipped', client);
  }
}

/** A run that RunLog does not know (it was restored) has no books to write. */
async function writeBooks(tx: Tx, row: Unshipped): Promise<void> {
  const { read, written, unchanged, deduped, rejected, failed, rejected_by } = row.books;
  await sql`
    insert into batch_books
      (run_id, task, batch, read, written, unchanged, deduped, rejected, failed, rejected_by, committed_at)
    select run_id, ${row.task}, ${row.batch}, ${read}, ${written}, ${unchanged}, ${deduped}, ${rejected}, ${failed},
           ${JSON.stringify(rejected_by)}, ${row.committed_at}
      from run_log where run_id = ${row.run_id}
    on conflict (run_id, task, batch) do nothing`.execute(tx);
}

async function sumTasks(tx: Tx, runs: string[]): Promise<void> {
  await sql`
    update task_runs set
           read = books.read, written = books.written, unchanged = books.unchanged,
           deduped = books.deduped, rejected = books.rejected, failed = books.failed
      from (
        select run_id, task, sum(read) as read, sum(written) as written, sum(unchanged) as unchanged,
               sum(deduped) as deduped, sum(rejected) as rejected, sum(failed) as failed
          from batch_books where run_id = any(${runs}::uuid[]) and not aborted group by run_id, task) books
     where task_runs.run_id = books.run_id and task_runs.name = books.task`.execute(tx);
}
