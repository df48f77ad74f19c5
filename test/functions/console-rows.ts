import { randomUUID } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { Db } from '../../lib/db/connect.ts';
import type { RunLog } from '../../lib/db/tables.ts';

const MINUTE = 60_000;

export const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * MINUTE);

/** `14:05`, as the page writes an instant of today; of another day, that stands before it. */
export const clock = (at: Date) => at.toISOString().slice(11, 16);

/** Declares a pipeline, with a schedule when a cron is given. */
export async function declarePipeline(db: Db, name: string, cron?: string): Promise<void> {
  await db.insertInto('pipelines').values({ name }).execute();
  if (!cron) return;
  const schedule = { pipeline: name, cron, timezone: 'UTC', written_by: 'test' };
  await db.insertInto('schedules').values(schedule).execute();
}

type RunRow = Partial<Insertable<RunLog['run_log']>> & { component: string };

/** A row of the ledger and nothing else, as others write them: begun 5 minutes ago. */
export async function insertRun(db: Db, row: RunRow): Promise<string> {
  const run_id = randomUUID();
  await db
    .insertInto('run_log')
    .values({ run_id, started_at: minutesAgo(5), trigger: 'cron', source: 'local', ...row })
    .execute();
  return run_id;
}

/** A run that ended 12 s after it began, as SUCCESS unless said otherwise. */
export function insertEnded(db: Db, row: RunRow & { started_at: Date }): Promise<string> {
  const finished_at = new Date(row.started_at.getTime() + 12_000);
  return insertRun(db, { status: 'SUCCESS', finished_at, ...row });
}

type RequestRow = Partial<Insertable<RunLog['run_requests']>> & { pipeline: string };

/** A person's request that waits, unless said otherwise. */
export async function insertRequest(db: Db, row: RequestRow): Promise<string> {
  const run_id = row.run_id ?? randomUUID();
  const given = { kind: 'person', params: '{}', state: 'waiting', trigger: 'api', source: 'local' } as const;
  await db
    .insertInto('run_requests')
    .values({ ...given, ...row, run_id })
    .execute();
  return run_id;
}

/** A run of ours that is being worked on. */
export async function insertLive(
  db: Db,
  pipeline: string,
  work: Partial<Insertable<RunLog['run_work']>> = {},
): Promise<string> {
  const run_id = await insertRequest(db, { pipeline, state: 'live' });
  await insertRun(db, { run_id, component: pipeline });
  await db
    .insertInto('run_work')
    .values({ run_id, pipeline, scope: pipeline, state: '{}', ...work })
    .execute();
  return run_id;
}
