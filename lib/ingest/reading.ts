/** A reading of the source: one snapshot, whose rows are staged part by part ahead of the batches that take them. */
import type { Client } from 'pg';
import { ahead } from '../ahead.ts';
import { table } from '../db/quote.ts';
import type { TaskContext } from '../pipeline/task.ts';
import { LARGEST, partRows } from './batch-size.ts';
import { find } from './find.ts';
import { memory } from './joins.ts';
import { openRange, rangeSql } from './range.ts';
import { ALL } from './settled.ts';
import type { IngestSpec } from './spec.ts';
import { type Room, type Staged, stage } from './stage.ts';
import { createStaging, dropStaging, type Part } from './staging.ts';
import { closeWindow, openWindow, windowSql } from './window.ts';

/** A reading is of so many of the largest batches: nobody's snapshot of production stands for long. */
const BATCHES = 10;

/** Room for a part of a batch; whether it is the batch's last. */
type InBatch = Room & { isLast: boolean };

export type Reading = Awaited<ReturnType<typeof openReading>>;

/**
 * Opens a snapshot of the source and begins to stage its rows; to be called by who has the turn, so that all is staged
 * after that. Alone it is read for one batch of `size` rows. When it is closed before its end, or fails, production's
 * session is left in mid-sentence: it is not to be asked again.
 */
export async function openReading<P>(
  spec: IngestSpec,
  context: TaskContext<P>,
  report: Client,
  size: number,
  { alone = false } = {},
) {
  const { range, signal } = context;
  const production = await context.production();
  const { session, prefix } = await context.staging();
  const open = range ? openRange : openWindow;
  const opened = await open(production, spec, await context.watermark(), report, context.reset);
  const { afterId, ...window } = opened;
  const most = alone ? size : BATCHES * (spec.batchRows ?? LARGEST);
  const query = range ? await rangeSql(production, spec, range, opened, most) : windowSql(spec, opened, most);
  const isWhole = window.previousHorizon === ALL && !range;
  const rows = isWhole ? await rowsOf(production, spec) : undefined;
  await session.query(memory(''));
  // What is staged need not outlive a server that goes down.
  await session.query('set synchronous_commit = off');

  const parts = new Set<Part>();
  let [number, wanted, left] = [0, size, 0];
  const room = async (): Promise<InBatch> => {
    if (left === 0) left = wanted;
    const few = Math.min(partRows(number), left);
    left -= few;
    const part = await createStaging(session, spec, prefix, number++);
    parts.add(part);
    return { part, rows: few, isLast: left === 0 };
  };
  const staged = ahead(found(session, spec, stage(production, session, spec, query, room, signal)));
  let [read, lastId, isAtEnd] = [0, afterId, false];

  /** The next part; undefined when there is none. */
  async function next(): Promise<Staged<InBatch> | undefined> {
    const { value, done } = await staged.next();
    isAtEnd = done === true;
    if (!value) return undefined;
    read += value.read;
    lastId = value.lastId ?? lastId;
    return value;
  }

  return {
    window,
    /** How many rows the whole source has, as its server keeps count, where they are all read. */
    rows,
    /** Rows that the next batch has, of whose parts none is staged yet. */
    resize(size: number): void {
      wanted = size;
    },
    /** The parts of the next batch. */
    async *batch(): AsyncGenerator<Staged<InBatch>, void> {
      for (let part = await next(); part; part = await next()) {
        yield part;
        if (part.isLast && part.read === part.rows) break;
      }
      if (read === most && !isAtEnd) await next();
      if (isAtEnd) await closeWindow(production);
    },
    /** The last row that was taken, whether there is none behind it in the source, and whether a new reading is needed. */
    at: () => ({ lastId, closed: isAtEnd && read < most, isAtEnd }),
    /** What was staged and is taken; what is left when it is closed goes by itself. */
    async drop(client: Client, taken: readonly Part[]): Promise<void> {
      await dropStaging(client, taken);
      for (const part of taken) parts.delete(part);
    },
    async close(): Promise<void> {
      await staged.return().catch(() => {});
      await dropStaging(session, [...parts]).catch(() => {});
    },
  };
}

/** What stands out of a part is found before it is passed on. */
async function* found<S extends Staged>(session: Client, spec: IngestSpec, all: AsyncIterable<S>) {
  for await (const staged of all) {
    await find(session, spec, staged.part);
    yield staged;
  }
}

/** The rows of the source, as far as its server keeps count; undefined when it does not. */
async function rowsOf(production: Client, { from }: IngestSpec): Promise<number | undefined> {
  const { rows } = await production.query<{ rows: number }>(
    'select reltuples::bigint as rows from pg_class where oid = $1::regclass',
    [table(from.table)],
  );
  return rows[0] && rows[0].rows > 0 ? rows[0].rows : undefined;
}
