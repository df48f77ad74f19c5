/** The one way of log lines into RunLog: redacted, in order, each once, in batches, bounded, without an epoch. */
import { LEVELS } from '../contract/log-line.ts';
import type { Db } from '../db/connect.ts';
import type { Json } from '../db/tables.ts';
import { messageText, metadataText } from './bounded.ts';
import { type Level, type Line, type Origin, type Stream, saidNow } from './line.ts';
import { onceAMinute } from './once-a-minute.ts';
import { type Passed, passage } from './passage.ts';
import { type Bounds, lineQueue } from './queue.ts';
import { type LeftOut, leftOutText, lineShare, nothingLeftOut, type Share, sumOf } from './share.ts';

const MIB = 1024 * 1024;
const MINUTE = 60_000;
const CAPACITY: Bounds = { lines: 20_000, bytes: 16 * MIB };
const BUDGET = 250_000;
/** A run that said nothing for so long is forgotten; what it has written is learnt again. */
const FORGOTTEN_AFTER = 10 * MINUTE;

export type LogWriterOptions = {
  /** Who writes: lines of the system name it. */
  service: string;
  /** Told when lines cannot be stored, at most once a minute. */
  onTrouble(error: unknown): void;
  /** The lowest level that is kept, of a pipeline's runs or of the system. Default: all are. */
  level?: ((pipeline?: string) => Level) | undefined;
  /** The folder for lines that come while RunLog is away. Default: they wait in memory. */
  folder?: string | undefined;
  /** Lines that one run may write; of warnings and errors a tenth more. Default: 250,000. */
  budget?: number | undefined;
  /** What may wait in memory. */
  capacity?: Bounds | undefined;
};

/** The claim that a line is of; its pipeline chooses the level. */
type Claim = { attempt: number; epoch: number; pipeline?: string };

/** What is logged never throws. Who awaits it is held back while more is logged than can be stored. */
export type JobLogger = {
  logJob(level: Level, message: string, metadata?: Json): Promise<void> | void;
  logTask(
    taskRunId: string,
    level: Level,
    message: string,
    stream?: Stream,
    metadata?: Json,
  ): Promise<void> | void;
  /** Tells what was left out, and stores what waits. */
  close(): Promise<void>;
};

type LogCounts = LeftOut & Passed & { waiting: number };

export type LogWriter = {
  logSystem(level: Level, message: string, metadata?: Json): Promise<void> | void;
  jobLogger(runId: string, claim?: Claim): JobLogger;
  /** Tries to store what waits now. */
  flush(): Promise<void>;
  /** Stores what waits, and takes no more. */
  close(): Promise<void>;
  counts(): LogCounts;
};

type Speaker = { origin: Origin; share: Share; heardAt: number };
type Said = { level: Level; stream: Stream; message: string; metadata: Json | undefined };

const nobody: Origin = { runId: null, taskRunId: null, attempt: null, epoch: null };

/** Opens the writer of a process; nothing connects before the first line. */
export function openLogWriter(db: Db, options: LogWriterOptions): LogWriter {
  const budget = options.budget ?? BUDGET;
  const queue = lineQueue(options.capacity ?? CAPACITY);
  const speakers = new Map<string | null, Speaker>();
  let leftOut = nothingLeftOut;
  let given = 0;
  let lost = 0;
  let closed = false;

  const way = passage(db, queue, {
    folder: options.folder,
    onTrouble: onceAMinute(options.onTrouble),
    onStored(totals) {
      for (const [runId, total] of totals) speakers.get(runId)?.share.stored(total);
    },
    onCrowded: crowdOut,
    onLeaving() {
      const now = saidNow();
      for (const [runId, speaker] of speakers) {
        tell(speaker, closed);
        if (now - speaker.heardAt > FORGOTTEN_AFTER) speakers.delete(runId);
      }
    },
  });

  function say(origin: Origin, pipeline: string | undefined, said: Said): Promise<void> | undefined {
    if (closed) {
      lost += 1;
      return undefined;
    }
    try {
      const least = options.level?.(pipeline) ?? 'debug';
      if (LEVELS.indexOf(said.level) < LEVELS.indexOf(least)) return undefined;
      const message = messageText(said.message);
      const speaker = speakerOf(origin);
      speaker.heardAt = saidNow();
      if (!speaker.share.takes(said.level, message, speaker.heardAt)) return undefined;
      const named = origin.runId === null ? { service: options.service, ...said.metadata } : said.metadata;
      enter(origin, { ...said, message, metadata: metadataText(named) });
    } catch (error) {
      lost += 1;
      options.onTrouble(error);
    }
    return queue.crowded() ? queue.room() : undefined;
  }

  type Told = Pick<Line, 'level' | 'stream' | 'message' | 'metadata' | 'left'>;
  function enter(origin: Origin, { level, stream, message, metadata, left }: Told): void {
    const line = { origin, n: ++given, said: saidNow(), level, stream, message, metadata };
    crowdOut(queue.push(left ? { ...line, left } : line));
    way.notice();
  }

  function crowdOut(gone: readonly Line[]): void {
    for (const { origin, left = nothingLeftOut } of gone) {
      // A line that told what was left out takes that back.
      speakerOf(origin).share.leaveOut({ ...left, crowded_out: left.crowded_out + 1 });
      leftOut = sumOf(leftOut, negated(left));
    }
  }

  /** Says what was left out. */
  function tell({ origin, share }: Speaker, last: boolean): void {
    const left = share.tell(saidNow(), last);
    if (!left) return;
    const message = leftOutText(left, budget);
    enter(origin, { level: 'warn', stream: 'system', message, metadata: JSON.stringify(left), left });
    leftOut = sumOf(leftOut, left);
  }

  function speakerOf({ runId, attempt, epoch }: Origin): Speaker {
    const known = speakers.get(runId);
    if (known) return known;
    const share = lineShare(runId === null ? undefined : budget);
    const speaker = { origin: { runId, taskRunId: null, attempt, epoch }, share, heardAt: saidNow() };
    speakers.set(runId, speaker);
    return speaker;
  }

  return {
    logSystem: (level, message, metadata) =>
      say(nobody, undefined, { level, message, stream: 'system', metadata }),
    jobLogger(runId, claim) {
      const { attempt = null, epoch = null, pipeline } = claim ?? {};
      const origin: Origin = { runId, taskRunId: null, attempt, epoch };
      const tasks = new Map<string, Origin>();
      return {
        logJob: (level, message, metadata) =>
          say(origin, pipeline, { level, message, stream: 'system', metadata }),
        logTask(taskRunId, level, message, stream = 'stdout', metadata) {
          const task = tasks.get(taskRunId) ?? { ...origin, taskRunId };
          tasks.set(taskRunId, task);
          return say(task, pipeline, { level, message, stream, metadata });
        },
        async close() {
          const speaker = speakers.get(runId);
          if (speaker) tell(speaker, true);
          await way.flush();
        },
      };
    },
    flush: way.flush,
    async close() {
      closed = true;
      await way.close();
    },
    counts() {
      const passed = way.passed();
      return { ...leftOut, ...passed, lost: passed.lost + lost, waiting: queue.waiting() };
    },
  };
}

const negated = ({ repeated, over_budget, crowded_out }: LeftOut): LeftOut => ({
  repeated: -repeated,
  over_budget: -over_budget,
  crowded_out: -crowded_out,
});
