import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Follower, followEvents } from '../test/lib/tail/follower.ts';
import type { Ground } from './ground.ts';
import { startImage } from './process.ts';
import { median, type Result } from './rounds.ts';

const CLIENTS = 200;
const ROUNDS = 5;
/** Lines of a round, one every so many ms. */
const LINES = 100;
const EVERY = 20;

type Heard = { at(id: number): number | undefined; follower: Follower };

/** From the commit of a line to the moment at which each of 200 clients has it, beside a bare NOTIFY to one listener. */
export async function logTail(ground: Ground): Promise<Result> {
  const runlog = await ground.runlog();
  const program = await startImage(await ground.image(), 'stream-logs', runlog);
  const [writer, listener] = [new Client(runlog), new Client(runlog)];
  await Promise.all([writer.connect(), listener.connect()]);
  await listener.query('listen bench');
  await writer.query('select ensure_log_partitions()');
  const url = `http://127.0.0.1:${program.port}/api/v1/logs/stream`;
  const clients = Array.from({ length: CLIENTS }, () => hear(`${url}/sse?text=measured`));
  try {
    for (let open = 0; open < CLIENTS; await sleep(100)) open = await connections(`${url}/status`);
    await round(writer, clients);
    const [ours, bare]: number[][] = [[], []];
    for (let i = 0; i < ROUNDS; i++) {
      bare!.push(await bareRound(writer, listener));
      ours!.push(await round(writer, clients));
    }
    const [p99, of] = [median(ours!), median(bare!)];
    const detail = `p99 ${p99.toFixed(1)} ms (at most 250, aim 50) from COMMIT to each of ${CLIENTS} SSE clients, bare ${of.toFixed(2)} ms`;
    const name = 'p99 of a bare NOTIFY to one listener';
    return {
      bench: 'log-tail',
      ratio: median(ours!.map((one, i) => bare![i]! / one)),
      of: name,
      floor: null,
      aim: null,
      detail,
    };
  } finally {
    for (const { follower } of clients) follower.cut();
    await Promise.all([writer.end(), listener.end()]);
    await program.stop();
  }
}

/** One that follows and keeps when it was told each line. */
function hear(url: string): Heard {
  const times = new Map<number, number>();
  const follower = followEvents(url, {}, (id) => times.set(id, performance.now()));
  return { at: (id) => times.get(id), follower };
}

async function connections(url: string): Promise<number> {
  const told: { connections: { sse: number } } = JSON.parse(await (await fetch(url)).text());
  return told.connections.sse;
}

async function round(writer: Client, clients: readonly Heard[]): Promise<number> {
  const committed = new Map<number, number>();
  for (let i = 0; i < LINES; i++) {
    await writer.query('begin');
    const { rows } = await writer.query<{ id: string }>(
      `insert into logs (message, timestamp) values ('measured', clock() at time zone 'UTC') returning id`,
    );
    await writer.query(`select pg_notify('kubescribe_logs', '')`);
    const began = performance.now();
    await writer.query('commit');
    committed.set(Number(rows[0]!.id), began);
    await sleep(EVERY);
  }
  const last = [...committed.keys()].at(-1)!;
  while (!clients.every(({ at }) => at(last) !== undefined)) await sleep(10);
  return percentile(
    [...committed].flatMap(([id, began]) =>
      clients.map(({ at }) => (at(id) ?? Number.POSITIVE_INFINITY) - began),
    ),
  );
}

async function bareRound(writer: Client, listener: Client): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < LINES; i++) {
    const heard = new Promise<number>((resolve) =>
      listener.once('notification', () => resolve(performance.now())),
    );
    const began = performance.now();
    await writer.query('notify bench');
    took.push((await heard) - began);
    await sleep(EVERY);
  }
  return percentile(took);
}

const percentile = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
