/** One who follows the log: first the lines that are there, then those that come, each once and in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine } from '../contract/log-line.ts';
import type { RunStatus } from '../db/ledger-tables.ts';
import { inLine } from '../http/in-line.ts';
import { unknownRun } from '../http/named-run.ts';
import { type LogFilter, matcherOf } from '../logs/filter.ts';
import { isWish } from '../logs/known.ts';
import { newestNumber } from '../logs/settled.ts';
import type { Frames } from './frames.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';
import { idBefore, readBacklog } from './read-lines.ts';
import type { Streams } from './streams.ts';
import type { Listener } from './tail.ts';

/** Lines that are read at once, at first and at most. */
const PAGE = { least: 20, most: 200 };
/** So few ids are missing that what comes meanwhile may be held back. */
const NEAR = 2000;
const MOST_HELD = 10_000;
/** Reads of lines that are there already, at once: who follows must not wait for who catches up. */
const AT_ONCE = 2;
const PAUSE = 1000;

/** How long the rest is waited for, in ms. */
const FAREWELL = { stopping: 2000, time: 5000, end: 30_000, gone: 0 };

export type Wish = { filter: LogFilter; after: number | undefined; until: number | undefined };

/** Why a stream stops: it is all told, has lasted long enough, the host stops, or nobody reads any more. */
export type Why = 'end' | 'time' | 'stopping' | 'gone';

export type Client = {
  mailbox: Mailbox;
  /** Ends it; what waits in the mailbox is still handed out. */
  stop(why: Why): void;
  /** Resolves when nothing more comes into the mailbox. */
  stopped: Promise<Why>;
  /** Resolves when whoever has not read the rest by now is no longer waited for. */
  cut: Promise<void>;
};

/** Begins to fill a mailbox with what a wish asks for; nothing comes of one that cannot be fulfilled but a problem. */
export async function openClient(streams: Streams, wish: Wish, frames: Frames): Promise<Client> {
  const { tail, db, count } = streams;
  const { filter, until = Number.POSITIVE_INFINITY } = wish;
  const fits = matcherOf(filter);
  const run = filter.job_run_id?.toLowerCase();
  const seat = await tail.enter();
  const done = Promise.withResolvers<Why>();
  const gone = new AbortController();
  const mailbox = openMailbox((gap) => {
    count.gaps++;
    return frames.gap(gap);
  });

  /** Everything up to here was looked at. */
  let cursor = 0;
  /** What came while the lines before it were still read; more than can be held is read, too. */
  let held: LogLine[] | undefined = [];
  let over: { status: RunStatus | null } | undefined;

  const listener: Listener = {
    run,
    hear(lines, upTo) {
      if (!held) return hear(lines, upTo);
      if (held.length <= MOST_HELD) held.push(...lines);
    },
    over(status) {
      over = { status };
      if (!held) end();
    },
  };

  function hear(lines: readonly LogLine[], upTo: number): void {
    for (const line of lines) {
      if (line.id <= cursor || line.id > until || !fits(line)) continue;
      if (mailbox.offer(line.id, frames.line(line))) count.told++;
      else count.dropped++;
    }
    cursor = Math.max(cursor, upTo);
    if (cursor >= until) end();
  }

  function end(): void {
    const why = over ? 'run-over' : 'until';
    mailbox.put(frames.end({ why, job_run_id: run ?? null, status: over?.status ?? null }));
    stop('end');
  }

  function stop(why: Why): void {
    if (gone.signal.aborted) return;
    if ((why === 'time' || why === 'stopping') && frames.again) mailbox.put(frames.again);
    gone.abort();
    mailbox.finish();
    seat.part(listener);
    seat.leave();
    done.resolve(why);
  }

  /** Puts the lines up to an id into the mailbox, as fast as they are taken out of it. */
  async function catchUp(to: number): Promise<void> {
    for (let most = PAGE.most; cursor < Math.min(to, until); ) {
      await mailbox.room();
      if (gone.signal.aborted) return;
      const part = { after: cursor, upTo: Math.min(to, until), most };
      const { lines, upTo } = await inLine(streams, () => readBacklog(db, part, filter), AT_ONCE);
      const asked = lines.filter(fits);
      const refused = asked.findIndex((line) => !mailbox.take(frames.line(line)));
      const taken = refused < 0 ? asked.length : refused;
      count.told += taken;
      cursor = refused < 0 ? upTo : Math.max(cursor, asked[refused]!.id - 1);
      // Lines that find no room are read again: of long ones fewer are asked for.
      most = refused < 0 ? PAGE.most : Math.max(PAGE.least, Math.min(PAGE.most, 2 * taken));
    }
  }

  async function follow(): Promise<void> {
    await seat.settled;
    while (!gone.signal.aborted) {
      while (tail.position() - cursor > NEAR && cursor < until && !gone.signal.aborted)
        await catchUp(tail.position());
      held = [];
      await catchUp(seat.join(listener));
      if (gone.signal.aborted || held.length <= MOST_HELD) break;
      seat.part(listener);
    }
    const came = held;
    held = undefined;
    if (gone.signal.aborted) return;
    hear(came ?? [], cursor);
    if (over) end();
  }

  /** A stream outlives the absence of RunLog. */
  async function followPatiently(): Promise<void> {
    while (!gone.signal.aborted) {
      try {
        return await follow();
      } catch {
        seat.part(listener);
        await sleep(PAUSE, undefined, { signal: gone.signal }).catch(() => {});
      }
    }
  }

  try {
    if (run !== undefined && !(await isWish(db, run))) throw unknownRun(run);
    cursor = await beginning(streams, wish);
  } catch (error) {
    seat.leave();
    throw error;
  }
  if (frames.hello) mailbox.put(frames.hello);
  void followPatiently();
  const cut = done.promise.then((why) => sleep(FAREWELL[why], undefined, { ref: false }));
  return { mailbox, stop, stopped: done.promise, cut };
}

/** The id after which a stream begins. */
async function beginning({ tail, db }: Streams, { after, filter }: Wish): Promise<number> {
  if (after !== undefined && after <= tail.newest()) return after;
  // Another replica may have told what this one has not seen; but a restored RunLog begins again below.
  if (after !== undefined) return Math.min(after, await newestNumber(db));
  if (filter.from) return idBefore(db, filter.from);
  return (filter.job_run_id ?? filter.task_run_id) ? 0 : tail.newest();
}
