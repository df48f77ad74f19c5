/** Each step is a row of `operation_logs.backup_logs`, from its beginning to its end. */
import { sql } from 'kysely';
import type { Client } from 'pg';
import { commitOne } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Json } from '../db/tables.ts';
import { describeError } from '../logs/redact.ts';

export type Step = 'backup' | 'verify' | 'restore' | 'remove';

/** What is known of a step when it has ended. */
export type Outcome = { bytes?: number; checksum?: string; details?: Json };

/** Records a step around its work; how it failed is kept with it. */
export async function recorded<T>(
  db: Db,
  step: Step,
  path: string,
  work: () => Promise<T>,
  outcomeOf: (done: T) => Outcome,
): Promise<T> {
  const { rows } = await commitOne('backup-begins', db, () =>
    sql<{ backup_id: number }>`
      insert into operation_logs.backup_logs (backup_type, file_path, status, started_at, log_time)
      values (${step}, ${path}, 'STARTED', clock(), clock()) returning backup_id`.execute(db),
  );
  const id = rows[0]!.backup_id;
  try {
    const done = await work();
    const { bytes, checksum, details } = outcomeOf(done);
    await end(db, id, 'SUCCESS', { bytes, checksum, details, error: null });
    return done;
  } catch (error) {
    await end(db, id, 'ERROR', { error: describeError(error).message }).catch(() => {});
    throw error;
  }
}

type End = Partial<Record<keyof Outcome, unknown>> & { error: string | null };

async function end(
  db: Db,
  id: number,
  status: 'SUCCESS' | 'ERROR',
  { bytes, checksum, details, error }: End,
) {
  await commitOne('backup-ends', db, () =>
    sql`
      update operation_logs.backup_logs
         set status = ${status}, completed_at = clock(), bytes = ${bytes ?? null}::bigint,
             checksum = ${checksum ?? null}, error_detail = ${error},
             details = ${details ? JSON.stringify(details) : null}::jsonb
       where backup_id = ${id}`.execute(db),
  );
}

/** Lets one backup or verification at a time work on a RunLog; what died before is ended, for nobody else will. */
export async function takeTurn(client: Client, db: Db): Promise<void> {
  const { rows } = await client.query<{ mine: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('kubescribe.backup', 0)) as mine`,
  );
  if (!rows[0]?.mine) throw new Error('Another backup of this RunLog is under way; nothing was done.');
  await commitOne('backup-ends', db, () =>
    sql`
      update operation_logs.backup_logs
         set status = 'ERROR', completed_at = clock(), error_detail = 'its process ended before it'
       where status = 'STARTED' and backup_type in ('backup', 'verify', 'remove')`.execute(db),
  );
}
