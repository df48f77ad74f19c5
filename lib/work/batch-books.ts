/** The books of batches in RunLog, and of the tasks that they are batches of. */
import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';
import type { Books } from '../report/books.ts';

export type BatchBooks = {
  run_id: string;
  task: string;
  /** Below zero: the batch was not committed. */
  batch: number;
  books: Books;
  committed_at: Date | null;
};

/** Says whether they were new; a run that RunLog does not know (it was restored) has no books to write. */
export async function writeBooks(tx: Tx, row: BatchBooks, { aborted = false } = {}): Promise<boolean> {
  const { read, written, unchanged, deduped, rejected, failed, rejected_by } = row.books;
  const { warned = 0, warned_by = {}, quarantined = 0 } = row.books;
  const { rows } = await sql`
    insert into batch_books
      (run_id, task, batch, aborted, read, written, unchanged, deduped, rejected, failed, rejected_by, committed_at,
       warned, warned_by, quarantined)
    select run_id, ${row.task}, ${row.batch}, ${aborted}, ${read}, ${written}, ${unchanged}, ${deduped}, ${rejected},
           ${failed}, ${JSON.stringify(rejected_by)}, ${row.committed_at}, ${warned}, ${JSON.stringify(warned_by)},
           ${quarantined}
      from run_log where run_id = ${row.run_id}
    on conflict (run_id, task, batch) do nothing
    returning 1`.execute(tx);
  return rows.length > 0;
}

/** Makes the books of tasks the sum of their batches'. */
export async function sumTasks(tx: Tx, runs: string[]): Promise<void> {
  await sql`
    update task_runs set
           read = books.read, written = books.written, unchanged = books.unchanged, deduped = books.deduped,
           rejected = books.rejected, failed = books.failed, warned = books.warned, quarantined = books.quarantined
      from (
        select run_id, task, sum(read) as read, sum(written) as written, sum(unchanged) as unchanged,
               sum(deduped) as deduped, sum(rejected) as rejected, sum(failed) as failed, sum(warned) as warned,
               sum(quarantined) as quarantined
          from batch_books where run_id = any(${runs}::uuid[]) and not aborted group by run_id, task) books
     where task_runs.run_id = books.run_id and task_runs.name = books.task`.execute(tx);
}
