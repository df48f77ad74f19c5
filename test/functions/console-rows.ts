import { randomUUID } from 'node:crypto';
import type { Insertable } from 'kysely';
import consoleFunction from '../../functions/console.ts';
import { loadConfig } from '../../lib/config.ts';
import type { Db } from '../../lib/db/connect.ts';
import type { RunLog } from '../../lib/db/tables.ts';
import { router } from '../../lib/http/router.ts';
import { createService } from '../../lib/http/service.ts';
import { test as base } from '../setup/fixtures.ts';

const MINUTE = 60_000;

type Answer = { status: number; text: string; headers: Headers };
type Get = (path: string) => Promise<Answer>;

/** Asks a console that reads the RunLog at a URL. */
export async function askConsole(
  url: string,
  path: string,
  env: Record<string, string> = {},
): Promise<Answer> {
  const service = createService(loadConfig({ RUNLOG_DB_URL: url, LOG_LEVEL: 'silent', ...env }));
  try {
    const request = new Request(`http://localhost${path}`, { headers: { accept: 'text/html' } });
    const response = await router(consoleFunction.routes, service)(request);
    return { status: response.status, text: await response.text(), headers: response.headers };
  } finally {
    await service.drain(5000);
  }
}

/** A console over a RunLog of the test's own; `db` writes what it shall show. */
export const test = base
  .extend('db', async ({ runlog }, { onCleanup }): Promise<Db> => {
    const service = createService(loadConfig({ RUNLOG_DB_URL: runlog, LOG_LEVEL: 'silent' }));
    onCleanup(() => service.drain(5000));
    return service.runlog;
  })
  .extend(
    'get',
    ({ runlog }): Get =>
      (path) =>
        askConsole(runlog, path),
  );

export const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * MINUTE);

/** `14:05`, as the page writes an instant of today; with its day when it is another. */
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
