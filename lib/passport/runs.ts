/** The runs that commits are of, as RunLog knows them. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';

export type CommitRun = {
  run_id: string;
  pipeline: string;
  status: string;
  started_at: Date;
  finished_at: Date | null;
  kind: string | null;
  slot: Date | null;
  lane: string | null;
};

/** By their ids; those that retention took are missing. */
export async function findRuns(db: Db, ids: readonly string[]): Promise<Map<string, CommitRun>> {
  const { rows } = await sql<CommitRun>`
    select run.run_id, run.component as pipeline, run.status, run.started_at, run.finished_at, wish.kind, wish.slot, wish.lane
      from run_log run left join run_requests wish on wish.run_id = run.run_id
     where run.run_id = any (${[...ids]}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.run_id, row]));
}
