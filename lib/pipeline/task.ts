/** What a task is given, and how it gives way between two pieces of its work. */
import type { Client } from 'pg';
import type { Json } from '../db/tables.ts';
import type { MirrorSpec } from '../ingest/mirror.ts';
import type { RollupSpec } from '../ingest/rollup.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import type { BatchWork, CommitRow } from '../report/commit-row.ts';
import type { CheckSpec } from './check.ts';
import { type FreeSql, freeSql } from './free-sql.ts';

export type TaskContext<P> = {
  params: P;
  pipeline: string;
  runId: string;
  /** The slot that the run is for, when it is for one. */
  slot: Date | undefined;
  /** A backfill's run reads what lies in here, [from, until), and moves no watermark; others go on from theirs. */
  range: { from: Date; until: Date } | undefined;
  /** The last wish that everything be read again, if there ever was one; the watermark tells whether it was carried out. */
  reset?: string | undefined;
  /** What the last `yield` left, or `{}`. */
  state: Json;
  /** Aborted on cancel, at the hard stop of a slice, when the lease is lost. Pass it on. */
  signal: AbortSignal;
  /** Lines of the run's log. Awaited, they hold back a task that logs faster than can be written. */
  log: {
    debug(message: string, metadata?: Json): Promise<void> | void;
    info(message: string, metadata?: Json): Promise<void> | void;
    warn(message: string, metadata?: Json): Promise<void> | void;
    error(message: string, metadata?: Json): Promise<void> | void;
  };
  /** Kept with the run, beside what was noted before. */
  note(meta: Json): Promise<void>;
  /** Shown while the run goes on; written at most once a second. */
  progress(done: number, of?: number): void;
  /** The production database, for reading; `anew` by another session, in place of the one before. */
  production(options?: { anew?: boolean }): Promise<Client>;
  /** The report database's session of this claim, for reading. */
  report(): Client;
  /** A second session of this claim in the report database, and what its tables are to be named by; each time another. */
  staging(): Promise<{ session: Client; prefix: string }>;
  /** One fenced transaction in the report database, with its commit row and its books. */
  batch(target: string, work: BatchWork): Promise<CommitRow>;
  /** The last commit row of this task's scope. */
  watermark(): Promise<CommitRow | undefined>;
};

/** Each `yield` is a point at which the run may pause and go on elsewhere; its value is found in `state` there. */
export type TaskBody<P> = (context: TaskContext<P>) => AsyncGenerator<Json, void>;

/** A summary of a table: its own table, and the groups as SQL over the columns of the other. */
export type Summary = { from: string; into: string; by: Record<string, string> };

type SqlSpec = { kind: 'sql'; name: string; into: string; sql: string };

export type Task<P> = {
  name: string;
  /** Whether its rows are rows of the source: their counts are the run's. All books must balance. */
  movesRows: boolean;
  /** The table that it writes, when it tells summaries of what it writes. */
  writes?: string;
  /** What it recomputes of what it was told. */
  rollsUp?: Summary;
  /** The same task, which tells these summaries of the rows that it writes. */
  telling?: (summaries: readonly Summary[]) => Task<P>;
  /** Why it cannot read a range: a pipeline with such a task takes no backfill. */
  noRange?: string;
  /** Seconds that the task may take in one attempt, its slices and pauses together; the attempt fails then. */
  timeout?: number;
  /** Seconds without progress, batch or `yield` after which the attempt fails; less than a slice may last. */
  heartbeat?: number;
  run: TaskBody<P>;
  /** What it was made of: part of the hash of the pipeline's declaration, and of what its databases must have. */
  spec?: IngestSpec | RollupSpec | MirrorSpec | SqlSpec | CheckSpec;
};

/** A failure that no retry can mend: the run ends in ERROR with this code and message. */
export class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A task of TypeScript, or of free SQL. */
export function task<P>(
  name: string,
  body: TaskBody<P> | FreeSql<P>,
  options: Partial<
    Pick<
      Task<P>,
      'movesRows' | 'writes' | 'rollsUp' | 'telling' | 'noRange' | 'timeout' | 'heartbeat' | 'spec'
    >
  > = {},
): Task<P> {
  if (typeof body === 'function') return { name, movesRows: false, ...options, run: body };
  const spec = { kind: 'sql', name, into: body.into, sql: body.sql } as const;
  return { name, movesRows: false, spec, ...options, run: freeSql(body) };
}
