/** Log lines of runs on their way to the one table: in batches, bounded, without an epoch. */
import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { CHECK_VIOLATION, sqlState } from '../db/sqlstate.ts';
import type { Json, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { redact } from './redact.ts';
import { redactJson } from './redact-json.ts';

const SECOND = 1000;
const FLUSH_EVERY = SECOND;
/** Lines that wait at most; above it the oldest are dropped and counted. */
const CAPACITY = 5000;
const LONGEST_LINE = 16 * 1024;

type Level = 'debug' | 'info' | 'warn' | 'error';

type Line = {
  type: 'job' | 'task';
  task_run_id: string | null;
  /** When it was said, by the process's steady clock; RunLog's clock makes an instant of its age. */
  said: number;
  level: Level;
  message: string;
  metadata: string | null;
};

export type RunLogger = {
  logJob(level: Level, message: string, metadata?: Json): void;
  logTask(taskRunId: string, level: Level, message: string, metadata?: Json): void;
  /** Writes what waits and stops. */
  close(): Promise<void>;
};

/** A logger for one claim of a run; its lines carry attempt and epoch. */
export function runLogger(db: Db, work: Work, onTrouble: (error: unknown) => void): RunLogger {
  let lines: Line[] = [];
  let dropped = 0;
  let writing = Promise.resolve();
  const timer = setInterval(() => void flush(), FLUSH_EVERY);
  timer.unref();

  function add(line: Line): void {
    lines.push(line);
    dropOldest();
  }

  function dropOldest(): void {
    const over = lines.length - CAPACITY;
    if (over <= 0) return;
    lines.splice(0, over);
    dropped += over;
  }

  function flush(): Promise<void> {
    writing = writing.then(async () => {
      const batch = lines;
      lines = [];
      if (dropped > 0) batch.push(jobLine('warn', `${dropped} log lines were dropped`));
      dropped = 0;
      if (batch.length === 0) return;
      await write(db, work, batch).catch((error) => {
        lines = [...batch, ...lines];
        dropOldest();
        onTrouble(error);
      });
    });
    return writing;
  }

  return {
    logJob: (level, message, metadata) => add(jobLine(level, message, metadata)),
    logTask: (task_run_id, level, message, metadata) =>
      add({ ...jobLine(level, message, metadata), type: 'task', task_run_id }),
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

const jobLine = (level: Level, message: string, metadata?: Json): Line => ({
  type: 'job',
  task_run_id: null,
  said: performance.now(),
  level,
  message: redact(message.slice(0, 2 * LONGEST_LINE)).slice(0, LONGEST_LINE),
  metadata: metadata ? JSON.stringify(redactJson(metadata)) : null,
});

async function write(db: Db, work: Work, lines: Line[]): Promise<void> {
  try {
    await commit('logs', db, (tx) => insert(tx, work, lines));
  } catch (error) {
    if (sqlState(error) !== CHECK_VIOLATION) throw error;
    // No partition takes today's lines: make it, as upkeep should have.
    await commit('log-partitions', db, (tx) => sql`select ensure_log_partitions()`.execute(tx));
    await commit('logs', db, (tx) => insert(tx, work, lines));
  }
}

async function insert(tx: Tx, work: Work, lines: Line[]): Promise<void> {
  const column = (name: keyof Line) => lines.map((line) => line[name]);
  const now = performance.now();
  const ages = lines.map((line) => now - line.said);
  await sql`
    insert into logs (type, job_run_id, task_run_id, timestamp, level, stream, message, metadata, attempt, epoch)
    select type, ${work.run_id}, task_run_id,
           (clock() - age * interval '1 millisecond') at time zone 'UTC',
           level, 'stdout', message, metadata, ${work.attempt}, ${work.epoch}
      from unnest(${column('type')}::text[], ${column('task_run_id')}::uuid[], ${ages}::float8[],
                  ${column('level')}::text[], ${column('message')}::text[], ${column('metadata')}::jsonb[])
             as line (type, task_run_id, age, level, message, metadata)
     where exists (select from run_log where run_id = ${work.run_id})`.execute(tx);
}
