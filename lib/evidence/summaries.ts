/** One row of data quality errors a batch for each class that has a table of its own. */
import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';
import type { Books } from '../report/books.ts';

const says: Record<string, string> = {
  cast_errors: 'values could not be read as their type',
  dedup_conflicts: 'rows of one key said different things',
  authority_conflicts: 'rows lost to a more trusted source that said otherwise',
  upsert_failures: 'rows were refused by the target',
  concurrency_issues: 'times another session stood in the way',
};

type Batch = { run_id: string; task: string; batch: number; books: Books };

/** Sums a batch up; to be called once, when its books are written for the first time. */
export async function summarize(
  tx: Tx,
  pipeline: string,
  { run_id, task, batch, books }: Batch,
): Promise<void> {
  for (const [of, count] of Object.entries(books.evidence ?? {})) {
    if (!says[of] || count === 0) continue;
    await sql`
      insert into operation_logs.data_quality_errors (error_type, error_detail, log_time, pipeline, run_id, task, batch)
      values (${of}, ${`${count} ${says[of]}`}, clock(), ${pipeline}, ${run_id}, ${task}, ${batch})`.execute(
      tx,
    );
  }
}
