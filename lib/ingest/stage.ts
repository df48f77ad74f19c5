/** Rows of a query on their way into staging tables: split by their bytes, never made into JavaScript values. */
import { once } from 'node:events';
import { addAbortSignal, type Duplex, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { copyOut } from '../db/copy-out.ts';
import { keyHash } from './key-hash.ts';
import { type Field, type Lane, splitLanes } from './lanes.ts';
import { proofsOf } from './proof.ts';
import type { Provable } from './provable.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

/** The rows for the slow lane wait in memory for the one session that loads both; so many bytes at most. */
const WAITING = 8 * 2 ** 20;

const anything: Provable = () => true;

/** A part to be staged: its tables, and how many rows it has at most. */
export type Room = { part: Part; rows: number };

/** What was staged of a query: a part of its rows, how many they are, and the id of the last. */
export type Staged<R extends Room = Room> = R & { read: number; lastId: string | undefined };

/** Copies the rows of a query into staging tables, part by part; asks for room when there are rows for it. */
export async function* stage<R extends Room>(
  production: Client,
  session: Client,
  spec: IngestSpec,
  query: string,
  room: () => Promise<R>,
  signal: AbortSignal,
): AsyncGenerator<Staged<R>, void> {
  let at: { room: R; lanes: ReturnType<typeof openLanes>; before: number } | undefined;
  const socket = (session as Client & { connection?: { stream: Duplex } }).connection?.stream;
  const splitter = splitLanes(fieldsOf(spec), (lane, bytes) => at?.lanes.put(lane, bytes));
  const staged = async ({ room, lanes, before }: NonNullable<typeof at>): Promise<Staged<R>> => {
    await lanes.end();
    splitter.forget();
    at = undefined;
    return { ...room, read: splitter.count() - before, lastId: splitter.last() };
  };
  const source = addAbortSignal(signal, copyOut(production, `copy (${query}) to stdout`));
  try {
    for await (const bytes of source)
      for (let left: Buffer | undefined = bytes; left; ) {
        if (!at) {
          const next = await room();
          at = { room: next, lanes: openLanes(session, next.part), before: splitter.count() };
        }
        const full = at.before + at.room.rows;
        // What one piece is cut into leaves in one.
        socket?.cork();
        left = splitter.take(left, full - splitter.count());
        socket?.uncork();
        await at.lanes.settle();
        if (splitter.count() === full) yield await staged(at);
      }
    if (at) yield await staged(at);
  } catch (error) {
    at?.lanes.destroy();
    throw error;
  }
}

/** The columns of origin are typed in the source already. */
function fieldsOf(spec: IngestSpec): Field[] {
  const proofs = proofsOf(spec);
  const columns = Object.entries(spec.columns).map(([name, { type }]) => ({
    holds: proofs[name]!.holds,
    hash: spec.key.includes(name) ? keyHash[type] : undefined,
  }));
  return [{ holds: anything }, { holds: anything }, { holds: anything }, ...columns];
}

/** One session copies into one table at a time: the fast lane flows, the slow one waits until it must. */
function openLanes(session: Client, part: Part) {
  let fast: Copy | undefined;
  let slow: Buffer[] = [];
  let waiting = 0;

  async function closeFast(): Promise<void> {
    const copy = fast;
    fast = undefined;
    await copy?.end();
  }

  async function loadSlow(): Promise<void> {
    if (waiting === 0) return;
    await closeFast();
    const copy = openCopy(session, part.slow);
    for (const rows of slow) copy.write(rows);
    [slow, waiting] = [[], 0];
    await copy.end();
  }

  return {
    put(lane: Lane, rows: Buffer): void {
      if (lane === 'fast') {
        fast ??= openCopy(session, part.fast);
        fast.write(rows);
        return;
      }
      // A copy: a few bytes must not keep their whole chunk in memory.
      slow.push(Buffer.from(rows));
      waiting += rows.length;
    },
    /** Waits until more may be put. */
    async settle(): Promise<void> {
      await fast?.drained();
      if (waiting > WAITING) await loadSlow();
    },
    async end(): Promise<void> {
      await closeFast();
      await loadSlow();
    },
    destroy: () => fast?.destroy(),
  };
}

type Copy = ReturnType<typeof openCopy>;

/** What the database refuses while nobody waits is thrown to the next who does. */
function openCopy(session: Client, table: string) {
  const stream: Writable = session.query(copyFrom(`copy ${table} from stdin`));
  const over = finished(stream);
  over.catch(() => {});
  // From then on it has no connection, and does not say so.
  let isRefused = false;
  stream.once('error', () => {
    isRefused = true;
  });
  return {
    write(rows: Buffer): void {
      if (!isRefused) stream.write(rows);
    },
    async drained(): Promise<void> {
      if (isRefused || stream.errored) await over;
      if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), over]);
    },
    async end(): Promise<void> {
      if (!isRefused) stream.end();
      await over;
    },
    destroy: () => stream.destroy(),
  };
}
