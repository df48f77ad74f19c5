import { readFileSync } from 'node:fs';
import { connect as dial, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { runMain } from '../../functions/main-program.ts';
import { until } from '../../setup/until.ts';
import { type Follower, followEvents, followSocket } from './follower.ts';
import { test, write } from './open-streams.ts';

const SECOND = 1000;
const MIB = 1024;
/** `make chaos` asks for 500. */
const CLIENTS = Number(process.env.STREAM_CLIENTS ?? 40);
/** Those of them that never read. */
const DEAF = CLIENTS / 10;
const MOST_GROWTH = 64 * MIB;
/** A megabyte of lines. */
const BATCH = Array.from({ length: 100 }, () => 'x'.repeat(10_000));
/** More than all buffers hold between a process and a client that does not read. */
const BATCHES = 16;

type Status = { connections: { sse: number; ws: number }; dropped: number; told: number };

/** What a process has of the system's memory, in KiB. */
const memoryOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

test(`${CLIENTS} clients, of which ${DEAF} never read, cost little memory`, {
  timeout: 60 * SECOND + CLIENTS * SECOND,
}, async ({ runlog, connect, onTestFinished }) => {
  const client = await connect(runlog);
  const program = runMain({
    FUNCTION_TARGET: 'stream-logs',
    PORT: '0',
    RUNLOG_DB_URL: runlog,
    LOG_LEVEL: 'info',
    NODE_OPTIONS: '--max-semi-space-size=8',
  });
  const followers: Follower[] = [];
  const deaf: Socket[] = [];
  onTestFinished(async () => {
    for (const follower of followers) follower.cut();
    for (const socket of deaf) socket.destroy();
    program.process.kill('SIGTERM');
    await program.ended;
  });
  const at = `${await program.url}/api/v1/logs/stream`;
  const { port } = new URL(at);
  const pid = program.process.pid!;
  const status = async () => (await (await fetch(`${at}/status`)).json()) as Status;
  const [first = 0] = await write(client, ['warm']);
  const warm = followEvents(`${at}/sse?after=${first - 1}`);
  let last = first;
  // What as many lines cost by themselves, when one hears them.
  for (let i = 0; i < BATCHES; i++) last = (await write(client, BATCH)).at(-1) ?? last;
  await until(() => (warm.told.at(-1)?.id ?? 0) >= last);
  warm.cut();
  const before = memoryOf(pid);
  let most = before;

  for (let i = 0; i < CLIENTS - DEAF; i++)
    followers.push(
      i % 2 === 0 ? followEvents(`${at}/sse?level=error`) : followSocket(`${at}/ws?level=error`),
    );
  for (let i = 0; i < DEAF; i++) {
    const socket = dial(Number(port), '127.0.0.1').pause();
    socket.write('GET /api/v1/logs/stream/sse HTTP/1.1\r\nHost: h\r\n\r\n');
    deaf.push(socket);
  }
  const connected = async () => {
    const { connections } = await status();
    return connections.sse + connections.ws;
  };
  await expect.poll(connected).toBe(CLIENTS);
  let writing = true;
  const measuring = (async () => {
    for (; writing; await sleep(50)) most = Math.max(most, memoryOf(pid));
  })();
  const heard: number[] = [];
  for (let i = 0; i < BATCHES; i++) {
    await write(client, BATCH);
    heard.push(...(await write(client, ['bad', 'worse'], { level: 'error' })));
  }

  for (const { ids } of followers) await expect.poll(ids, { timeout: 60 * SECOND }).toEqual(heard);
  writing = false;
  await measuring;
  expect((await status()).dropped).toBeGreaterThan(0);
  process.stdout.write(`${CLIENTS} clients: memory +${Math.round((most - before) / MIB)} MiB\n`);
  expect(most - before).toBeLessThan(MOST_GROWTH);
});
