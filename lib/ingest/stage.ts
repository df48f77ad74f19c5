/** Rows of a query on their way into staging tables: split by their bytes, never made into JavaScript values. */
import { once } from 'node:events';
import { addAbortSignal, type Duplex, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { keyHash } from './key-hash.ts';
import { type Field, type Lane, splitLanes } from './lanes.ts';
import { proofsOf } from './proof.ts';
import type { Provable } from './provable.ts';
import type { IngestSpec } from './spec.ts';
import type { Part } from './staging.ts';

/** The rows for the slow lane wait in memory for the one session that loads both; so many bytes at most. */
const WAITING = 8 * 2 ** 20;

const anything: Provable = () => true;

/** What was staged of a query: a part of its rows, how many they are, and the id of the last. */
export type Staged = { part: Part; read: number; lastId: string | undefined };

/**
 * Copies the rows of a query into staging tables. Goes on to the next part after so many rows; the last takes all that
 * are left.
 */
export async function* stage(
  production: Client,
  session: Client,
  spec: IngestSpec,
  query: string,
  { parts, rows }: { parts: readonly Part[]; rows: number },
  signal: AbortSignal,
): AsyncGenerator<Staged, void> {
  let [at, before] = [0, 0];
  let lanes = openLanes(session, parts[at]!);
  const socket = (session as Client & { connection?: { stream: Duplex } }).connection?.stream;
  const splitter = splitLanes(fieldsOf(spec), (lane, bytes) => lanes.put(lane, bytes));
  const staged = async () => {
    await lanes.end();
    const read = splitter.count() - before;
    before = splitter.count();
    splitter.forget();
    return { part: parts[at]!, read, lastId: splitter.last() };
  };
  const source = addAbortSignal(signal, production.query(copyTo(`copy (${query}) to stdout`)));
  try {
    for await (const bytes of source) {
      // What one piece is cut into leaves in one.
      socket?.cork();
      splitter.take(bytes);
      socket?.uncork();
      await lanes.settle();
      if (splitter.count() - before < rows || at + 1 === parts.length) continue;
      yield await staged();
      lanes = openLanes(session, parts[++at]!);
    }
    const last = await staged();
    if (last.read > 0) yield last;
  } catch (error) {
    lanes.destroy();
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
