/** The way from memory into RunLog, or into files while it is away: one batch at a time, in order. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { commitOne } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { land } from './land.ts';
import { type Line, saidNow } from './line.ts';
import type { Bounds, Queue } from './queue.ts';
import { openSpool } from './spool.ts';

const SECOND = 1000;
const MIB = 1024 * 1024;
const FLUSH_EVERY = 0.2 * SECOND;
const LONGEST_PAUSE = 10 * SECOND;
const BATCH: Bounds = { lines: 2000, bytes: 2 * MIB };

export type Passed = {
  written: number;
  /** Lines that went into files on their way, and those of them that are still there. */
  spooled: number;
  in_files: number;
  /** Lines whose run is gone, that RunLog refuses, that were torn in a file, or that nobody could take at the end. */
  lost: number;
};

type Around = {
  folder: string | undefined;
  /** Told when lines cannot be stored, once until they can again; and of each line that is refused. */
  onTrouble(error: unknown): void;
  /** Told how many lines runs have now. */
  onStored(totals: ReadonlyMap<string, number>): void;
  /** Told which lines found no room. */
  onCrowded(lines: readonly Line[]): void;
  /** Asked for lines to be added before a batch leaves. */
  onLeaving(): void;
};

export type Passage = {
  /** Lines were added: they leave soon. */
  notice(): void;
  /** Tries once to store what waits, unless that has just failed. */
  flush(): Promise<void>;
  /** Tries for the last time. */
  close(): Promise<void>;
  passed(): Passed;
};

/** Opens the way; nothing is connected and no file is touched before the first line. */
export function passage(db: Db, queue: Queue, around: Around): Passage {
  const writer = randomUUID();
  const spool = around.folder === undefined ? undefined : openSpool(around.folder, writer);
  const passed: Passed = { written: 0, spooled: 0, in_files: 0, lost: 0 };
  let pause = 0;
  let retryAt = 0;
  let going = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;

  function wake(after: number): void {
    const at = saidNow() + after;
    if (at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => void go(false), after);
    timer.unref();
  }

  function go(atOnce: boolean): Promise<void> {
    clearTimeout(timer);
    dueAt = Number.POSITIVE_INFINITY;
    going = going.then(() => pass(atOnce));
    return going;
  }

  async function pass(atOnce: boolean): Promise<void> {
    around.onLeaving();
    const last = queue.last()?.n ?? 0;
    const early = retryAt - saidNow();
    if (!atOnce && early > 0) {
      await spill();
      return wake(early);
    }
    try {
      await replay();
      while ((queue.first()?.n ?? Number.POSITIVE_INFINITY) <= last) await bringBatch();
      pause = 0;
      retryAt = 0;
      if (queue.first()) wake(FLUSH_EVERY);
    } catch (error) {
      if (pause === 0) around.onTrouble(error);
      pause = Math.min(LONGEST_PAUSE, 2 * (pause || FLUSH_EVERY));
      retryAt = saidNow() + pause;
      await spill();
      wake(pause);
    }
  }

  async function bringBatch(): Promise<void> {
    const batch = queue.take(BATCH);
    let stored = false;
    try {
      await bring(writer, batch);
      stored = true;
    } finally {
      around.onCrowded(queue.settle(batch, stored));
    }
  }

  async function bring(from: string, lines: readonly Line[]): Promise<void> {
    const { written, gone, refused, totals } = await land(db, from, lines);
    passed.written += written;
    passed.lost += gone + refused.length;
    around.onStored(totals);
    if (refused.length > 0) around.onTrouble(new Error(`RunLog refuses ${refused.length} log lines`));
  }

  /** What lies in files comes first: it is older. */
  async function replay(): Promise<void> {
    for (let piece = await oldest(); piece; piece = await oldest()) {
      if (piece.lines.length > 0) await bring(piece.writer, piece.lines);
      if (piece.writer === writer) passed.in_files -= piece.lines.length + piece.torn;
      passed.lost += piece.torn;
      spool?.done(piece);
      if (queue.crowded()) await spill();
    }
  }

  /** A folder that cannot be used, and holds nothing of ours, stands in nobody's way. */
  async function oldest() {
    try {
      return await spool?.oldest();
    } catch (error) {
      if (passed.in_files > 0) throw error;
      around.onTrouble(error);
      return undefined;
    }
  }

  /** Empties memory into files. */
  async function spill(): Promise<void> {
    while (spool && queue.first()) {
      const batch = queue.take(BATCH);
      let kept = false;
      try {
        kept = await spool.keep(batch);
      } catch (error) {
        around.onTrouble(error);
      }
      around.onCrowded(queue.settle(batch, kept));
      if (!kept) return;
      passed.spooled += batch.length;
      passed.in_files += batch.length;
    }
  }

  return {
    notice() {
      if (queue.waiting() >= BATCH.lines && saidNow() >= retryAt) wake(0);
      else wake(FLUSH_EVERY);
    },
    flush: () => go(false),
    async close() {
      await go(true);
      clearTimeout(timer);
      if (queue.waiting() > 0) {
        passed.lost += queue.waiting();
        around.onTrouble(new Error(`${queue.waiting()} log lines are lost: RunLog is away`));
      } else if (passed.written > 0 && passed.in_files === 0)
        await forgetMarks(db, writer).catch(around.onTrouble);
    },
    passed: () => ({ ...passed }),
  };
}

/** Nobody asks again for the mark of a writer that has brought in everything, nor for those of a month ago. */
function forgetMarks(db: Db, writer: string): Promise<unknown> {
  return commitOne('log-marks', db, (on) =>
    on
      .deleteFrom('log_writers')
      .where((is) =>
        is.or([is('id', '=', writer), is('seen_at', '<', sql<Date>`clock() - interval '30 days'`)]),
      )
      .execute(),
  );
}
