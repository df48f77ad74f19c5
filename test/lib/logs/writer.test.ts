import { sql } from 'kysely';
import { describe, expect, vi } from 'vitest';
import { onBoundary } from '../../../lib/boundary.ts';
import { CHECK_VIOLATION } from '../../../lib/db/sqlstate.ts';
import { DROP_DAYS } from '../../setup/drop-days.ts';
import { lockWaits } from '../../setup/lock-waits.ts';
import { until } from '../../setup/until.ts';
import { admitted, hideLogs, messages, numbered, test, written } from './live-run.ts';

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
        stream: 'system',
        job_run_id: live.work.run_id,
        metadata: { rows: 5 },
        attempt: 1,
        epoch: live.work.epoch,
      },
      { message: 'two', level: 'warn', metadata: null },
    ]);
  });

  test('lines of tasks, of other runs and of the system go together, each to its own', async ({ live }) => {
    const other = await admitted(live.db, 'q');
    const task = await live.startedTask('bars');
    live.logger.logTask(task, 'info', 'of a task');
    live.logger.logTask(task, 'error', 'of its errors', 'stderr');
    live.writer.jobLogger(other.run_id).logJob('info', 'of another run');
    live.writer.logSystem('info', 'of the system', { port: 8080 });
    await live.writer.flush();

    expect(await written(live.db)).toMatchObject([
      { type: 'task', job_run_id: live.work.run_id, task_run_id: task, stream: 'stdout', attempt: 1 },
      { type: 'task', task_run_id: task, stream: 'stderr', level: 'error' },
      { type: 'job', job_run_id: other.run_id, task_run_id: null, attempt: null, epoch: null },
      { type: 'system', job_run_id: null, attempt: null, metadata: { service: 'test', port: 8080 } },
    ]);
  });

  test('many lines are one commit and one notification', async ({ live, connect }) => {
    const listener = await connect(live.url);
    await listener.query('listen kubescribe_logs');
    const heard = vi.fn();
    listener.on('notification', heard);
    const commits: string[] = [];
    onBoundary((name, moment) => void (moment === 'after' && commits.push(name)));
    for (const message of numbered(500)) live.logger.logJob('info', message);
    await live.logger.close();

    expect(await messages(live.db)).toEqual(numbered(500));
    expect(commits).toEqual(['logs']);
    await until(() => heard.mock.calls.length > 0);
    expect(heard.mock.calls).toEqual([[expect.objectContaining({ payload: '' })]]);
  });

  test('a line that nobody waits for is written soon', async ({ live }) => {
    live.logger.logJob('info', 'by itself');

    await until(async () => (await written(live.db)).length === 1);
  });

  test('lines that could not be written are told and written later', async ({ live }) => {
    const showLogs = await hideLogs(live.db);
    live.logger.logJob('info', 'kept');
    await until(() => live.onTrouble.mock.calls.length > 0);
    await showLogs();
    await live.writer.close();

    expect(await messages(live.db)).toEqual(['kept']);
    expect(live.onTrouble).toHaveBeenCalledTimes(1);
  });

  test('a batch whose answer was lost is stored once, and what follows it too', async ({ live }) => {
    let lost = 0;
    onBoundary((name, moment) => {
      if (name === 'logs' && moment === 'after' && lost++ < 3) throw new Error('no answer');
    });
    for (let i = 0; i < 5; i++) {
      for (const message of numbered(10, i * 10)) live.logger.logJob('info', message);
      await live.writer.flush();
    }
    await until(() => live.writer.flush().then(() => live.writer.counts().waiting === 0));

    expect(await messages(live.db)).toEqual(numbered(50));
    expect(live.writer.counts()).toMatchObject({ written: 50, lost: 0, waiting: 0 });
  });

  test('a day without a partition gets one', async ({ live }) => {
    await sql.raw(DROP_DAYS).execute(live.db);
    live.logger.logJob('info', 'today');
    await live.logger.close();

    expect(await messages(live.db)).toEqual(['today']);
    expect(live.onTrouble).not.toHaveBeenCalled();
  });

  test('a day is made by giving way to who ends a run, and has words for the log', async ({
    live,
    connect,
  }) => {
    const [ending, look] = [await connect(live.url), await connect(live.url)];
    await sql.raw(DROP_DAYS).execute(live.db);
    await ending.query('begin; lock table task_runs in row exclusive mode');
    live.logger.logJob('info', 'today');
    const closed = live.logger.close();
    await expect.poll(() => lockWaits(look)).toBeGreaterThan(0);

    const said = ending.query(`insert into logs (message) values ('done')`);
    await expect(said).rejects.toMatchObject({ code: CHECK_VIOLATION });
    await ending.query('rollback');
    await closed;

    expect(await messages(live.db)).toEqual(['today']);
    expect(live.onTrouble).not.toHaveBeenCalled();
  });

  test('lines of a run that is gone are let go, its neighbours are not', async ({ live }) => {
    live.logger.logJob('info', 'late');
    live.writer.logSystem('info', 'neighbour');
    await live.db.deleteFrom('run_log').execute();
    await live.writer.close();

    expect(await messages(live.db)).toEqual(['neighbour']);
    expect(live.writer.counts()).toMatchObject({ written: 1, lost: 1 });
    expect(live.onTrouble).not.toHaveBeenCalled();
  });

  test('a line that RunLog refuses is counted, its neighbours are stored', async ({ live }) => {
    live.logger.logJob('info', 'before');
    live.writer.jobLogger('no id').logJob('info', 'of no run');
    live.logger.logJob('info', 'after');
    await live.writer.close();

    expect(await messages(live.db)).toEqual(['before', 'after']);
    expect(live.writer.counts()).toMatchObject({ written: 2, lost: 1 });
    expect(live.onTrouble).toHaveBeenCalledTimes(1);
  });

  test('what is below the level of its pipeline is not kept, from the moment that it is set', async ({
    live,
  }) => {
    const level = vi.fn(() => 'info' as 'info' | 'debug');
    const writer = live.open({ level });
    const logger = writer.jobLogger(live.work.run_id, live.work);
    logger.logJob('debug', 'too low');
    level.mockReturnValue('debug');
    logger.logJob('debug', 'kept');
    await writer.close();

    expect(await messages(live.db)).toEqual(['kept']);
    expect(level.mock.calls).toEqual([['p'], ['p']]);
  });

  test('what comes after the end is counted, and closing leaves no mark', async ({ live }) => {
    live.logger.logJob('info', 'in time');
    await live.writer.close();
    live.logger.logJob('info', 'too late');

    expect(live.writer.counts()).toMatchObject({ written: 1, lost: 1 });
    expect(await live.db.selectFrom('log_writers').selectAll().execute()).toEqual([]);
  });
});

describe('a writer that is full', () => {
  const capacity = { lines: 100, bytes: 1_000_000 };

  test('pushes the oldest of the lowest level out, and says how many', async ({ live }) => {
    const writer = live.open({ capacity });
    const logger = writer.jobLogger(live.work.run_id, live.work);
    logger.logJob('warn', 'first');
    for (const message of numbered(100)) logger.logJob('debug', message);
    await writer.close();

    expect(await messages(live.db)).toEqual([
      'first',
      ...numbered(89, 11),
      '11 log lines were left out: 11 found no room where lines wait to be written',
    ]);
    expect(writer.counts()).toMatchObject({ written: 91, crowded_out: 11, lost: 0, waiting: 0 });
    expect(await live.db.selectFrom('log_counts').selectAll().execute()).toMatchObject([
      { run_id: live.work.run_id, written: 91, crowded_out: 11, repeated: 0, over_budget: 0 },
    ]);
  });

  test('counts bytes too', async ({ live }) => {
    const writer = live.open({ capacity: { lines: 1000, bytes: 100_000 } });
    const logger = writer.jobLogger(live.work.run_id, live.work);
    for (let i = 0; i < 20; i++) logger.logJob('info', `${i}`.padEnd(10_000, '.'));

    expect(writer.counts().waiting).toBeLessThan(5);
  });

  test('holds back who awaits it, until there is room', async ({ live }) => {
    const gate = Promise.withResolvers<void>();
    onBoundary((name, moment) => (name === 'logs' && moment === 'before' ? gate.promise : undefined));
    const writer = live.open({ capacity });
    const logger = writer.jobLogger(live.work.run_id, live.work);
    let said = 0;
    const talking = (async () => {
      for (const message of numbered(300)) {
        await logger.logJob('info', message);
        said++;
      }
    })();
    await until(() => said >= 15);
    const held = said;
    gate.resolve();
    await talking;
    await writer.close();

    expect(held).toBeLessThan(30);
    expect(await messages(live.db)).toEqual(numbered(300));
    expect(writer.counts()).toMatchObject({ written: 300, crowded_out: 0 });
  });
});
