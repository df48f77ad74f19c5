/** What a mail tells, gathered from RunLog when it is sent. */
import { sql } from 'kysely';
import * as z from 'zod';
import type { Db } from '../db/connect.ts';
import type { Notification, RunStatus, Source, Trigger } from '../db/tables.ts';
import { endsGap } from '../requests/gap.ts';
import { nextSlot } from '../schedule/slots.ts';
import { type Incident, incidentOf } from './incident.ts';

const LAST_LINES = 20;

/** What was fixed when the notification was entered. */
const Entered = z.object({
  thread: z.object({ root: z.string(), title: z.string(), reply: z.boolean() }),
  since: z.string().optional(),
  why: z.string().optional(),
});

export type RunFacts = {
  status: RunStatus;
  started_at: Date;
  finished_at: Date | null;
  duration_ms: number | null;
  trigger: Trigger | null;
  source: Source | null;
  error_code: string | null;
  error_message: string | null;
  slot: Date | null;
  attempts: number | null;
};

export type Books = {
  read: number;
  written: number;
  unchanged: number;
  deduped: number;
  rejected: number;
  failed: number;
};

type LogLine = { timestamp: Date; level: string; message: string };

type Missed = { slots: number; first: Date; last: Date };

export type Facts = {
  transition: Notification['transition'];
  pipeline: string;
  runId: string | null;
  entered: z.infer<typeof Entered>;
  timezone: string;
  nextSlot: Date | undefined;
  run: RunFacts | undefined;
  incident: Incident | undefined;
  books: Books | undefined;
  lines: LogLine[];
  missed: Missed | undefined;
};

/** Gathers the facts of a notification as they are now. */
export async function gatherFacts(db: Db, notification: Notification): Promise<Facts> {
  const { transition, pipeline, run_id: runId } = notification;
  const entered = Entered.parse(notification.facts);
  const [schedule, run, incident, books, lines, missed] = await Promise.all([
    findSchedule(db, pipeline),
    runId ? findRun(db, runId) : undefined,
    runId ? incidentOf(db, runId) : undefined,
    runId ? sumBooks(db, runId) : undefined,
    runId ? lastLines(db, runId) : [],
    entered.since && transition === 'missed' ? countMissed(db, pipeline, entered.since) : undefined,
  ]);
  const timezone = schedule?.timezone ?? 'UTC';
  const next = schedule && nextSlot(schedule, schedule.now);
  return {
    transition,
    pipeline,
    runId,
    entered,
    timezone,
    nextSlot: next,
    run,
    incident,
    books,
    lines,
    missed,
  };
}

async function findSchedule(db: Db, pipeline: string) {
  return db
    .selectFrom('schedules')
    .select(['cron', 'timezone', 'gap', 'overlap', sql<Date>`clock()`.as('now')])
    .where('pipeline', '=', pipeline)
    .where('valid_until', 'is', null)
    .executeTakeFirst();
}

async function findRun(db: Db, runId: string): Promise<RunFacts | undefined> {
  return db
    .selectFrom('run_log as run')
    .leftJoin('run_requests as request', 'request.run_id', 'run.run_id')
    .leftJoin('run_work as work', 'work.run_id', 'run.run_id')
    .select([
      'run.status',
      'run.started_at',
      'run.finished_at',
      'run.duration_ms',
      'run.trigger',
      'run.source',
    ])
    .select(['run.error_code', 'run.error_message', 'request.slot'])
    .select(sql<number | null>`coalesce(work.attempt, (run.meta ->> 'attempts')::int)`.as('attempts'))
    .where('run.run_id', '=', runId)
    .executeTakeFirst();
}

async function sumBooks(db: Db, runId: string): Promise<Books | undefined> {
  const { rows } = await sql<Books>`
    select sum(books.read)::bigint as read, sum(books.written)::bigint as written,
           sum(books.unchanged)::bigint as unchanged, sum(books.deduped)::bigint as deduped,
           sum(books.rejected)::bigint as rejected, sum(books.failed)::bigint as failed
      from batch_books books
      left join task_runs task on task.run_id = books.run_id and task.name = books.task
     where books.run_id = ${runId} and not books.aborted and coalesce(task.moves_rows, true)
    having count(*) > 0`.execute(db);
  return rows[0];
}

async function lastLines(db: Db, runId: string): Promise<LogLine[]> {
  const lines = await db
    .selectFrom('logs')
    .select(['timestamp', 'level', sql<string>`left(message, 1000)`.as('message')])
    .where('job_run_id', '=', runId)
    .orderBy('timestamp', 'desc')
    .orderBy('id', 'desc')
    .limit(LAST_LINES)
    .execute();
  return lines.reverse();
}

/** The gap as it is by now: the missed slots from its first up to what ended it. */
async function countMissed(db: Db, pipeline: string, since: string): Promise<Missed | undefined> {
  const { rows } = await sql<Missed>`
    select count(*) as slots, min(slot) as first, max(slot) as last
      from run_requests
     where pipeline = ${pipeline} and kind = 'slot' and state = 'missed' and slot >= ${since}::timestamptz
       and slot < coalesce((
         select slot from run_requests
          where pipeline = ${pipeline} and kind = 'slot' and slot > ${since}::timestamptz and ${endsGap}
          order by slot limit 1), 'infinity')
    having count(*) > 0`.execute(db);
  return rows[0];
}
