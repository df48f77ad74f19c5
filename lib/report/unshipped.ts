import type { Client } from 'pg';
import type { Books } from './books.ts';

/** A committed batch that RunLog has not. */
export type Unshipped = {
  commit_id: number;
  run_id: string;
  task: string;
  batch: number;
  books: Books;
  committed_at: Date;
  /** Whether it read a window, and thereby moves a watermark. */
  windowed: boolean;
  closed: boolean;
  horizon: string;
  /** The source's own time up to which all is in the target; where that is unknown, when the batch was committed. */
  reached_at: string;
  lag: number | null;
  degraded: boolean;
};

/** The oldest batches of a scope that were not shipped. */
export async function readUnshipped(client: Client, scope: string, limit: number): Promise<Unshipped[]> {
  const { rows } = await client.query<Unshipped>(
    `select commit_id, run_id, task, batch, books, committed_at, source_identity <> '' as windowed, closed,
            horizon::text, coalesce(as_of - make_interval(secs => coalesce(lag, 0)), committed_at)::text as reached_at,
            lag, degraded
       from kubescribe.commits where scope = $1 and not shipped order by commit_id limit $2`,
    [scope, limit],
  );
  return rows;
}
