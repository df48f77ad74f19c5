import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { onBoundary } from '../../../lib/boundary.ts';
import { startCutProxy } from '../../chaos/cut-proxy.ts';
import { until } from '../../setup/until.ts';
import { hideLogs, messages, numbered, test, written } from './live-run.ts';

/** No process has it: it is beyond what Linux gives. */
const DEAD = 4_194_305;
/** `make chaos` has RunLog away for a minute while 150,000 lines are said: half of them, a hundred each 80 ms. */
const LOAD = { lines: Number(process.env.AWAY_LINES ?? 6000), pause: Number(process.env.AWAY_PAUSE ?? 20) };

describe('while RunLog is away', () => {
  test('lines go into files as JSON and come back in order, each once', async ({ live, folder }) => {
    const proxy = await startCutProxy(live.url);
    const writer = live.open({ url: proxy.url, folder });
    const logger = writer.jobLogger(live.work.run_id, live.work);
    const say = async (from: number) => {
      for (const message of numbered(100, from)) logger.logJob('info', message, { from });
      await writer.flush();
    };
    await say(0);
    proxy.goAway();
    await say(100);
    await say(200);
    const [file = ''] = await readdir(folder);
    const kept = (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n');
    proxy.comeBack();
    logger.logJob('info', 'line 300');
    await until(() => writer.counts().written === 301);
    await writer.close();
    await proxy.stop();

    expect(kept).toHaveLength(200);
    expect(JSON.parse(kept[0] ?? '')).toMatchObject({
      message: 'line 100',
      level: 'info',
      job_run_id: live.work.run_id,
      epoch: live.work.epoch,
      metadata: { from: 100 },
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await messages(live.db)).toEqual(numbered(301));
    expect(writer.counts()).toMatchObject({ written: 301, spooled: expect.any(Number), lost: 0, waiting: 0 });
    expect(await readdir(folder)).toEqual([]);
  });

  test('under load each line arrives later or is counted, and memory is bounded', {
    timeout: 60_000 + 3 * (LOAD.lines / 100) * LOAD.pause,
  }, async ({ live, folder }) => {
    const capacity = { lines: 1000, bytes: 1_000_000 };
    const proxy = await startCutProxy(live.url);
    const onDisk = live.open({ url: proxy.url, folder, capacity });
    const inMemory = live.open({ url: proxy.url, capacity });
    const total = LOAD.lines;
    let most = 0;
    for (let i = 0; i < total; i++) {
      if (i === total / 4) proxy.goAway();
      if (i === (3 * total) / 4) proxy.comeBack();
      for (const writer of [onDisk, inMemory])
        writer
          .jobLogger(live.work.run_id, live.work)
          .logJob('info', `${writer === onDisk ? 'disk' : 'memory'} ${i}`);
      most = Math.max(most, onDisk.counts().waiting, inMemory.counts().waiting);
      if (i % 100 === 0) await pause(LOAD.pause);
    }
    for (const writer of [onDisk, inMemory])
      await until(async () => {
        await writer.flush();
        const { waiting, in_files } = writer.counts();
        return waiting + in_files === 0;
      });
    await onDisk.close();
    await inMemory.close();
    await proxy.stop();

    const lines = await messages(live.db);
    const numbers = (of: string) =>
      lines.flatMap((line) => (line.startsWith(`${of} `) ? [Number(line.slice(of.length + 1))] : []));
    const { crowded_out } = inMemory.counts();
    process.stdout.write(
      `${total} lines: ${onDisk.counts().spooled} went by files, ${crowded_out} of those in memory were pushed out\n`,
    );
    expect(onDisk.counts().spooled).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(capacity.lines);
    const accounted = [
      numbers('disk').length + onDisk.counts().crowded_out,
      numbers('memory').length + crowded_out,
    ];
    // Whose answer was lost when RunLog went away may be stored, and be pushed out where it waits to be asked about again.
    expect(Math.min(...accounted)).toBeGreaterThanOrEqual(total);
    expect(Math.max(...accounted)).toBeLessThanOrEqual(total + capacity.lines);
    for (const of of ['disk', 'memory']) {
      const seen = numbers(of);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    }
  });

  test('answers that are lost while files are replayed make no line come twice', async ({ live, folder }) => {
    const writer = live.open({ folder });
    const logger = writer.jobLogger(live.work.run_id, live.work);
    const showLogs = await hideLogs(live.db);
    for (const from of [0, 50, 100]) {
      for (const message of numbered(50, from)) logger.logJob('info', message);
      await writer.flush();
    }
    await showLogs();
    let lost = 0;
    onBoundary((name, moment) => {
      if (name === 'logs' && moment === 'after' && lost++ < 2) throw new Error('no answer');
    });
    await writer.close();
    onBoundary(undefined);
    const next = live.open({ folder });
    await adoptable(folder);
    next.logSystem('info', 'next');
    await next.close();

    expect((await messages(live.db)).filter((message) => message !== 'next')).toEqual(numbered(150));
  });
});

describe('files of a process that died', () => {
  test('are replayed by the next, with the times at which they were said; a torn line is counted', async ({
    live,
    folder,
  }) => {
    const showLogs = await hideLogs(live.db);
    const dead = live.open({ folder });
    for (const message of numbered(3)) dead.jobLogger(live.work.run_id).logJob('info', message);
    await dead.flush();
    await showLogs();
    const file = await adoptable(folder);
    await writeFile(file, '{"n":4,"at":"2026', { flag: 'a' });
    const writer = live.open({ folder });
    writer.logSystem('info', 'here again');
    await writer.close();

    const lines = await written(live.db);
    expect(lines.map(({ message }) => message)).toEqual([...numbered(3), 'here again']);
    expect(lines[0]?.timestamp.getTime()).toBeLessThanOrEqual(lines[3]?.timestamp.getTime() ?? 0);
    expect(writer.counts()).toMatchObject({ written: 4, lost: 1 });
    expect(await readdir(folder)).toEqual([]);
  });

  test('stay with a process that lives', async ({ live, folder }) => {
    const showLogs = await hideLogs(live.db);
    const alive = live.open({ folder });
    alive.logSystem('info', 'mine');
    await alive.flush();
    await showLogs();
    const other = live.open({ folder });
    other.logSystem('info', 'of the other');
    await other.close();

    expect(await messages(live.db)).toEqual(['of the other']);
    await alive.close();
    expect(await messages(live.db)).toEqual(['of the other', 'mine']);
  });
});

test('a folder that cannot be written keeps nobody: lines wait in memory', async ({ live, folder }) => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const showLogs = await hideLogs(live.db);
  const writer = live.open({ folder: join(file, 'below') });
  writer.logSystem('info', 'kept');
  await writer.flush();
  await showLogs();
  await writer.close();

  expect(await messages(live.db)).toEqual(['kept']);
});

/** Makes the file in a folder one of a process that is dead. */
async function adoptable(folder: string): Promise<string> {
  const [name = ''] = await readdir(folder);
  const path = join(folder, name.replace(/^\d+/, String(DEAD)));
  await rename(join(folder, name), path);
  return path;
}
