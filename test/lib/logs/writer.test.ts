import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, vi } from 'vitest';
import { commit } from '../../../lib/boundary.ts';
import { type Db, openRunLog } from '../../../lib/db/connect.ts';
import type { Work } from '../../../lib/db/tables.ts';
import { openLogWriter } from '../../../lib/logs/writer.ts';
import { expireAndAdmit } from '../../../lib/requests/admit.ts';
import { ask } from '../../../lib/requests/ask.ts';
import { lockPipeline } from '../../../lib/requests/pipeline-lock.ts';
import { test as base } from '../../setup/fixtures.ts';

/** A run that was admitted, and the loggers of its workers. */
const test = base.extend('live', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  const runId = randomUUID();
  const wish = {
    runId,
    pipeline: 'p',
    kind: 'person',
    lane: '',
    params: {},
    trigger: 'api',
    source: 'ci',
    timeout: 60,
  } as const;
  await commit('ask', db, async (tx) => {
    await lockPipeline(tx, 'p');
    await ask(tx, wish, 'queue-all');
    await expireAndAdmit(tx, 'p');
  });
  const work: Work = await db.selectFrom('run_work').selectAll().executeTakeFirstOrThrow();
  const onTrouble = vi.fn();
  const writer = openLogWriter(db, { service: 'test', onTrouble });
  onCleanup(async () => {
    await writer.close();
    await db.destroy();
  });
  return { db, work, onTrouble, writer, logger: writer.jobLogger(work.run_id, work) };
});

const written = (db: Db) => db.selectFrom('logs').selectAll().orderBy('id').execute();

describe('the log of a run', () => {
  test('keeps each line in order, with its level, attempt, epoch and metadata', async ({ live }) => {
    live.logger.logJob('info', 'one', { rows: 5 });
    live.logger.logJob('warn', 'two');
    await live.logger.close();

    expect(await written(live.db)).toMatchObject([
      {
        message: 'one',
        level: 'info',
        type: 'job',
        job_run_id: live.work.run_id,
        metadata: { rows: 5 },
        attempt: 1,
        epoch: live.work.epoch,
      },
      { message: 'two', level: 'warn', metadata: null },
    ]);
  });

  test('hides secrets in messages and metadata, and writes the rest', async ({ live }) => {
    live.logger.logJob('info', 'to postgres://a:hunter2@h', {
      password: 2,
      dsn: 'postgres://a:hunter2@h',
      ok: 1,
    });
    await live.logger.close();

    const [line] = await written(live.db);

    expect(line?.message).toBe('to postgres://a:[hidden]@h');
    expect(line?.metadata).toEqual({ password: '[hidden]', dsn: 'postgres://a:[hidden]@h', ok: 1 });
  });

  test('no line is so strange that its neighbours are lost with it', async ({ live }) => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const strange = [{ nul: '\0', escaped: '\\u0000' }, { half: '\ud800' }, { token: 1 }, { big: 1n }, cycle];
    for (const metadata of strange) live.logger.logJob('info', 'NUL \0 and half \udc00', metadata);
    live.logger.logJob('info', 'x'.repeat(3_000_000));
    live.logger.logJob('info', 'last');
    await live.logger.close();

    const lines = await written(live.db);

    expect(live.onTrouble).not.toHaveBeenCalled();
    expect(lines).toHaveLength(strange.length + 2);
    expect(lines[0]?.message).toBe('NUL \u2400 and half \ufffd');
    expect(lines[0]?.metadata).toEqual({ nul: '\u2400', escaped: '\\u0000' });
    expect(lines.at(-2)?.message).toMatch(/^x{16384} … \[cut: there were 3000000 characters\]$/);
  });

  test('when too many wait the oldest of the lowest level go, and how many is said', async ({ live }) => {
    const writer = openLogWriter(live.db, {
      service: 'test',
      onTrouble: live.onTrouble,
      capacity: { lines: 100, bytes: 1_000_000 },
    });
    const logger = writer.jobLogger(live.work.run_id, live.work);
    logger.logJob('warn', 'first');
    for (let i = 0; i < 100; i++) logger.logJob('debug', `line ${i}`);
    await writer.close();

    const lines = await written(live.db);

    expect(lines.map(({ message }) => message)).toEqual([
      'first',
      ...Array.from({ length: 89 }, (_, i) => `line ${i + 11}`),
      expect.stringMatching(/^11 log lines were left out: 11 found no room/),
    ]);
    expect(writer.counts()).toMatchObject({ written: 91, crowded_out: 11, lost: 0, waiting: 0 });
  });

  test('lines that could not be written are told and written later', async ({ live }) => {
    await sql`alter table logs rename to hidden`.execute(live.db);
    live.logger.logJob('info', 'kept');
    await vi.waitUntil(() => live.onTrouble.mock.calls.length > 0, { timeout: 5000 });
    await sql`alter table hidden rename to logs`.execute(live.db);
    await live.writer.close();

    expect(await written(live.db)).toMatchObject([{ message: 'kept' }]);
  });

  test('a day without a partition gets one', async ({ live }) => {
    await sql`do $$ declare part regclass; begin
      for part in select inhrelid::regclass from pg_inherits where inhparent = 'logs'::regclass loop
        execute format('drop table %s', part);
      end loop; end $$`.execute(live.db);
    live.logger.logJob('info', 'today');
    await live.logger.close();

    expect(await written(live.db)).toMatchObject([{ message: 'today' }]);
    expect(live.onTrouble).not.toHaveBeenCalled();
  });

  test('lines of a run that is gone are let go', async ({ live }) => {
    await live.db.deleteFrom('run_log').execute();
    live.logger.logJob('info', 'late');
    await live.logger.close();

    expect(await written(live.db)).toEqual([]);
    expect(live.onTrouble).not.toHaveBeenCalled();
  });
});
