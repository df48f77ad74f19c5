/** Lines from outside on their way into the table: the same redaction, no attempt, no epoch, and a reason where one stays out. */
import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import { AHEAD } from '../contract/write-logs.ts';
import type { Db } from '../db/connect.ts';
import type { Tx } from '../events/outbox.ts';
import { messageText, metadataText } from './bounded.ts';
import type { Numbered, Refused } from './from-outside.ts';
import { onItsDay } from './saying.ts';
import { wakingReaders } from './wake-readers.ts';

/** Writes the lines whose run, task and day are there, in their order; says why of the others. */
export async function takeLines(db: Db, lines: readonly Numbered[]): Promise<Refused[]> {
  if (lines.length === 0) return [];
  return onItsDay(db, () => commit('take-lines', db, (tx) => take(tx, lines)));
}

async function take(tx: Tx, lines: readonly Numbered[]): Promise<Refused[]> {
  const column = <T>(of: (line: Numbered['line']) => T) => lines.map(({ line }) => of(line));
  const { rows } = await sql<Refused>`
    with given as materialized (
      select *, coalesce(said_at, clock()) at time zone 'UTC' as timestamp
        from unnest(${lines.map(({ n }) => n)}::int[], ${column(({ type }) => type)}::text[],
                    ${column(({ job_run_id }) => job_run_id)}::uuid[],
                    ${column(({ task_run_id }) => task_run_id)}::uuid[],
                    ${column(({ timestamp }) => timestamp?.toISOString() ?? null)}::timestamptz[],
                    ${column(({ level }) => level)}::text[], ${column(({ stream }) => stream)}::text[],
                    ${column(({ message }) => messageText(message))}::text[],
                    ${column(({ metadata }) => metadataText(metadata))}::jsonb[])
               as line (n, type, job_run_id, task_run_id, said_at, level, stream, message, metadata)
    ), judged as materialized (
      select *, case
          when job_run_id is not null and not exists (select from run_log where run_id = job_run_id)
            then format('There is no run %s.', job_run_id)
          when task_run_id is not null
               and not exists (select from task_runs where id = task_run_id and run_id = job_run_id)
            then format('Run %s has no task %s.', job_run_id, task_run_id)
          when said_at > clock() + ${AHEAD}::float8 * interval '1 second'
            then format('timestamp: it is more than %s minutes ahead.', ${AHEAD / 60}::int)
          when said_at is not null and to_regclass('logs_' || to_char(timestamp, 'YYYYMMDD')) is null
            then format('timestamp: lines of %s are not kept.', timestamp::date)
        end as reason
        from given
    ), written as (
      insert into logs (type, job_run_id, task_run_id, timestamp, level, stream, message, metadata)
      select type, job_run_id, task_run_id, timestamp, level, stream, message, metadata
        from judged where reason is null order by n
      returning ${wakingReaders})
    select n as line, reason from judged where reason is not null and (select count(*) from written) >= 0
     order by n`.execute(tx);
  return rows;
}
