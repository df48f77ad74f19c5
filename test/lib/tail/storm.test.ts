import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { describe, expect } from 'vitest';
import { chance } from '../../chaos/chance.ts';
import { startCutProxy } from '../../chaos/cut-proxy.ts';
import type { Follower } from './follower.ts';
import { type Streams, test, write } from './open-streams.ts';

const SECOND = 1000;
/** `make chaos` asks for 100,000 lines and 1,000 cuts. */
const LINES = Number(process.env.STREAM_LINES ?? 3000);
const CUTS = Number(process.env.STREAM_CUTS ?? 30);
const FOLLOWERS = 8;
const WRITERS = 4;
const BATCH = 25;
/** More than all buffers between a server and a client hold, at 1 MB each. */
const MOST_BATCHES = 40;
const LONG_LINES = Array.from({ length: 100 }, () => 'x'.repeat(10_000));
const LONG = { timeout: 60 * SECOND + LINES * 10 };

/** Comes again and again after its last line, fetches what gaps leave out, and keeps every id that it was told. */
async function followThrough(
  open: (after: number) => Follower,
  fetchGap: (from: number, to: number) => Promise<number[]>,
  cutAfter: () => number | undefined,
  last: Promise<number>,
): Promise<{ ids: number[]; cuts: number; gaps: number }> {
  const ids: number[] = [];
  let end: number | undefined;
  let [cuts, gaps] = [0, 0];
  void last.then((id) => {
    end = id;
  });
  while (end === undefined || (ids.at(-1) ?? 0) < end) {
    const follower = open(ids.at(-1) ?? 0);
    const lifetime = cutAfter();
    const enough = () =>
      follower.ids().length >= (lifetime ?? Number.POSITIVE_INFINITY) ||
      (end !== undefined && (follower.told.at(-1)?.id ?? 0) >= end);
    while (!enough() && (await Promise.race([follower.closed, sleep(5)])) === undefined);
    follower.cut();
    if (lifetime !== undefined) cuts++;
    for (const { event, id, data } of follower.told.splice(0)) {
      if (event === 'line' && id !== undefined) ids.push(id);
      if (event !== 'gap') continue;
      gaps++;
      ids.push(...(await fetchGap(Number(data.from), Number(data.to))));
    }
  }
  return { ids, cuts, gaps };
}

async function fetched(streams: Streams, from: number, to: number): Promise<number[]> {
  const follower = streams.sse({ after: from - 1, until: to });
  await follower.closed;
  return follower.ids();
}

async function writeAll(clients: readonly Client[]): Promise<number[]> {
  const batches = Array.from({ length: Math.ceil(LINES / BATCH) }, (_, batch) =>
    Array.from({ length: Math.min(BATCH, LINES - batch * BATCH) }, (_, line) => `line ${batch}:${line}`),
  ).values();
  const written = await Promise.all(
    clients.map(async (client) => {
      const ids: number[] = [];
      for (const batch of batches) {
        await client.query('begin');
        ids.push(...(await write(client, batch)));
        await client.query('select pg_sleep(random() * 0.003)');
        await client.query('commit');
      }
      return ids;
    }),
  );
  return written.flat().toSorted((a, b) => a - b);
}

describe('whoever follows', () => {
  test(
    `through ${CUTS} cuts, over two replicas, is told ${LINES} lines once and in order`,
    LONG,
    async ({ open, runlog, connect }) => {
      const replicas = [await open(), await open()];
      const random = chance(Number(process.env.CHANCE ?? 7));
      const clients = await Promise.all(Array.from({ length: WRITERS }, () => connect(runlog)));
      const [first = 0] = await write(clients[0]!, ['first']);
      let left = CUTS;
      const cutAfter = () =>
        left-- > 0 ? random.between(0, Math.floor((LINES * FOLLOWERS) / CUTS)) : undefined;
      const last = Promise.withResolvers<number>();

      const following = Array.from({ length: FOLLOWERS }, (_, i) =>
        followThrough(
          (after) => random.pick(replicas)[i % 2 === 0 ? 'sse' : 'ws']({ after: Math.max(after, first) }),
          (from, to) => fetched(random.pick(replicas), from, to),
          cutAfter,
          last.promise,
        ),
      );
      const written = await writeAll(clients);
      last.resolve(written.at(-1)!);
      const followed = await Promise.all(following);

      for (const { ids } of followed) expect(ids).toEqual(written);
      const sum = (of: 'cuts' | 'gaps') => followed.reduce((total, one) => total + one[of], 0);
      process.stdout.write(`${LINES} lines, ${sum('cuts')} cuts, ${sum('gaps')} gaps fetched\n`);
      if (LINES >= 100_000) expect(sum('cuts')).toBeGreaterThanOrEqual(CUTS);
    },
  );

  test(
    'is told all lines while RunLog is away, and woken sessions are ended',
    LONG,
    async ({ open, runlog, connect, onTestFinished }) => {
      const proxy = await startCutProxy(runlog);
      onTestFinished(() => proxy.stop());
      const streams = await open({ RUNLOG_DB_URL: proxy.url });
      const client = await connect(runlog);
      const followers = [streams.sse(), streams.ws()];
      await expect.poll(async () => (await streams.status()).connections).toEqual({ sse: 1, ws: 1 });
      const ids = await write(client, ['before']);
      for (const { ids: heard } of followers) await expect.poll(heard).toEqual(ids);

      proxy.goAway();
      await expect.poll(async () => (await streams.status()).listening).toBe(false);
      for (let i = 0; i < 20; i++) ids.push(...(await write(client, [`away ${i}`])));
      const late = await fetch(streams.at('sse'));
      proxy.comeBack();
      for (let i = 0; i < 20; i++) ids.push(...(await write(client, [`back ${i}`])));

      for (const { ids: heard } of followers) await expect.poll(heard).toEqual(ids);
      expect(late.status).toBe(200);
      await late.body?.cancel();
      await expect.poll(async () => (await streams.status()).listening).toBe(true);
    },
  );

  test(
    'too slowly is told which lines were left out, which can be fetched',
    LONG,
    async ({ open, runlog, connect }) => {
      const streams = await open();
      const client = await connect(runlog);
      const [first = 0] = await write(client, ['first']);
      for (const kind of ['sse', 'ws'] as const) {
        const slow = streams[kind]({ after: first });
        const written = await write(client, ['begins']);
        await expect.poll(() => slow.ids().at(-1)).toBe(written[0]);
        const before = await streams.status();
        slow.pause();
        for (let i = 0; i < MOST_BATCHES && (await streams.status()).dropped === before.dropped; i++)
          written.push(...(await write(client, LONG_LINES)));
        slow.resume();
        written.push(...(await write(client, ['last'])));

        const heard = () => slow.told.filter(({ event }) => event === 'gap' || event === 'line');
        await expect.poll(() => heard().at(-1)?.id, { timeout: 60 * SECOND }).toBe(written.at(-1));
        const ids: number[] = [];
        for (const { event, id = 0, data } of heard()) {
          if (event === 'line') ids.push(id);
          else ids.push(...(await fetched(streams, Number(data.from), Number(data.to))));
        }
        expect(heard().some(({ event }) => event === 'gap')).toBe(true);
        expect(ids.filter((id) => id >= written[0]!)).toEqual(written);
        slow.cut();
        await expect.poll(async () => (await streams.status()).connections[kind]).toBe(0);
      }
    },
  );
});
