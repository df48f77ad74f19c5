/** Rows of a query on their way into staging tables: split by their bytes, never made into JavaScript values. */
import { once } from 'node:events';
import { addAbortSignal, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { ident } from '../db/quote.ts';
import { type Lane, splitLanes } from './lanes.ts';
import { type Provable, provable } from './provable.ts';
import type { IngestSpec } from './spec.ts';

/** The rows for the slow lane wait in memory for the one session that loads both; so many bytes at most. */
const WAITING = 8 * 2 ** 20;

/** Where a batch's rows are staged: those of the fast lane typed, those of the slow lane as text. */
export type Staged = Record<Lane, string>;

const anything: Provable = () => true;

/** Copies the rows of a query into two new tables. */
export async function stage(
  production: Client,
  report: Client,
  spec: IngestSpec,
  query: string,
  staged: Staged,
  signal: AbortSignal,
): Promise<{ read: number; lastId: string | undefined }> {
  await createTables(report, spec, staged);
  const lanes = openLanes(report, staged);
  // The columns of origin are typed in the source already.
  const origin = [anything, anything, anything];
  const columns = Object.values(spec.columns).map(({ type }) => provable[type]);
  const splitter = splitLanes([...origin, ...columns], lanes.put);
  const source = addAbortSignal(signal, production.query(copyTo(`copy (${query}) to stdout`)));
  try {
    for await (const chunk of source) {
      splitter.take(chunk);
      await lanes.settle();
    }
    await lanes.end();
  } catch (error) {
    lanes.destroy();
    throw error;
  }
  return { read: splitter.count(), lastId: splitter.last() };
}

async function createTables(report: Client, spec: IngestSpec, staged: Staged): Promise<void> {
  const columns = (typeOf: (type: string) => string) =>
    Object.entries(spec.columns).map(([name, { type }]) => `${ident(name)} ${typeOf(type)}`);
  const create = (table: string, all: string[]) =>
    `create unlogged table ${table}
       (ks_source_id bigint, ks_source text, ks_received_at timestamptz, ${all.join(', ')})`;
  await report.query(`${create(
    staged.fast,
    columns((type) => type),
  )};
    ${create(
      staged.slow,
      columns(() => 'text'),
    )}`);
}

/** One session copies into one table at a time: the fast lane flows, the slow one waits until it must. */
function openLanes(report: Client, staged: Staged) {
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
    const copy = openCopy(report, staged.slow);
    for (const rows of slow) copy.write(rows);
    [slow, waiting] = [[], 0];
    await copy.end();
  }

  return {
    put(lane: Lane, rows: Buffer): void {
      if (lane === 'fast') {
        fast ??= openCopy(report, staged.fast);
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
function openCopy(report: Client, table: string) {
  const stream: Writable = report.query(copyFrom(`copy ${table} from stdin`));
  const over = finished(stream);
  over.catch(() => {});
  return {
    write: (rows: Buffer) => stream.write(rows),
    async drained(): Promise<void> {
      if (stream.writableNeedDrain || stream.errored) await Promise.race([once(stream, 'drain'), over]);
    },
    async end(): Promise<void> {
      stream.end();
      await over;
    },
    destroy: () => stream.destroy(),
  };
}
