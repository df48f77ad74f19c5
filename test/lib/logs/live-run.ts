import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { vi } from 'vitest';
import { commit, onBoundary } from '../../../lib/boundary.ts';
import { type Db, openRunLog } from '../../../lib/db/connect.ts';
import type { Work } from '../../../lib/db/tables.ts';
import { type LogWriter, type LogWriterOptions, openLogWriter } from '../../../lib/logs/writer.ts';
import { expireAndAdmit } from '../../../lib/requests/admit.ts';
import { ask } from '../../../lib/requests/ask.ts';
import { lockPipeline } from '../../../lib/requests/pipeline-lock.ts';
import { test as base } from '../../setup/fixtures.ts';

/** A run that was admitted, and the writers of its lines: all are closed at the end. */
const withRun = base.extend('live', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  const onTrouble = vi.fn();
  const writers: LogWriter[] = [];
  const others: Db[] = [];
  onCleanup(async () => {
    onBoundary(undefined);
    for (const writer of writers) await writer.close();
    await Promise.all([db, ...others].map((one) => one.destroy()));
  });
  const work = await admitted(db, 'p');
  const open = (options: Partial<LogWriterOptions> & { url?: string } = {}) => {
    const { url, ...rest } = options;
    const to = url ? openRunLog(url, { name: 'test' }) : db;
    if (url) others.push(to);
    const writer = openLogWriter(to, { service: 'test', onTrouble, ...rest });
    writers.push(writer);
    return writer;
  };
  const writer = open();
  const startedTask = async (name: string) => {
    const { id } = await db
      .insertInto('task_runs')
      .values({ run_id: work.run_id, name })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  };
  return {
    url: runlog,
    startedTask,
    db,
    work,
    onTrouble,
    open,
    writer,
    logger: writer.jobLogger(work.run_id, work),
  };
});

/** The same with a folder for lines that come while RunLog is away. */
export const test = withRun.extend('folder', async ({ live: _ }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'kubescribe-logs-'));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});

/** The work of a run that was asked for and admitted. */
export async function admitted(db: Db, pipeline: string): Promise<Work> {
  const runId = randomUUID();
  const wish = {
    runId,
    pipeline,
    kind: 'person',
    lane: '',
    params: {},
    trigger: 'api',
    source: 'ci',
    timeout: 60,
  } as const;
  await commit('ask', db, async (tx) => {
    await lockPipeline(tx, pipeline);
    await ask(tx, wish, 'queue-all');
    await expireAndAdmit(tx, pipeline);
  });
  return db.selectFrom('run_work').selectAll().where('run_id', '=', runId).executeTakeFirstOrThrow();
}

/** All lines, in the order in which they came in. */
export const written = (db: Db) => db.selectFrom('logs').selectAll().orderBy('id').execute();

export const messages = async (db: Db) => (await written(db)).map(({ message }) => message);

/** The table cannot be written to, until what is given back is called. */
export async function hideLogs(db: Db): Promise<() => Promise<unknown>> {
  await sql`alter table logs rename to hidden`.execute(db);
  return () => sql`alter table hidden rename to logs`.execute(db);
}

/** A text for each number. */
export const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `line ${from + i}`);
