/** Lines that the very statement writes which does what they tell: neither is ever there without the other. */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { CHECK_VIOLATION, FOREIGN_KEY_VIOLATION, sqlState } from '../db/sqlstate.ts';
import type { Json, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { makeDays } from './make-days.ts';
import { redact } from './redact.ts';
import { redactJson } from './redact-json.ts';
import { wakingReaders } from './wake-readers.ts';

/** Text of ours as part of a line: without secrets. */
export const said = (text: string | undefined): RawBuilder<unknown> =>
  sql`${text === undefined ? null : redact(text)}::text`;

/** A line's metadata of names and values in turn, without those that are null. */
export const members = (pairs: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`jsonb_strip_nulls(jsonb_build_object(${pairs}))`;

/** JSON of others as a member of a line's metadata: without secrets. */
export const saidJson = (json: Json): RawBuilder<unknown> => sql`${JSON.stringify(redactJson(json))}::jsonb`;

/**
 * Writes lines about a run as part of a statement: `lines` are rows of (type, task_run_id, level, stream, message,
 * metadata), in their order. Whatever of them comes out of JavaScript went through `said` or `saidJson`.
 */
export const saying = (
  { run_id, attempt, epoch }: Pick<Work, 'run_id' | 'attempt' | 'epoch'>,
  lines: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`
  insert into logs (type, job_run_id, task_run_id, timestamp, level, stream, message, metadata, attempt, epoch)
  select type, ${run_id}::uuid, task_run_id, clock() at time zone 'UTC', level, stream, message, metadata,
         ${attempt}::int, ${epoch}::bigint
    from (${lines}) as line (type, task_run_id, level, stream, message, metadata)
  returning ${wakingReaders}`;

/** Says in the log of the system that a setting has changed; on a day that has no partition the audit alone has it. */
export async function sayChanged(
  tx: Tx,
  facts: { setting: string; subject: string; by: string },
): Promise<void> {
  await sql`
    insert into logs (type, timestamp, level, stream, message, metadata)
    select 'system', clock() at time zone 'UTC', 'info', 'system', 'Configuration changed', ${saidJson(facts)}
     where to_regclass('logs_' || to_char(clock() at time zone 'UTC', 'YYYYMMDD')) is not null
    returning ${wakingReaders}`.execute(tx);
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Milliseconds as people and programs in Go write a duration: `850ms`, `12.5s`, `2m3.5s`, `1h0m5s`. */
export const durationText = (ms: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  case when ${ms} < 1000 then round(${ms}) || 'ms'
       else case when ${ms} >= ${sql.lit(HOUR)} then div(${ms}::numeric, ${sql.lit(HOUR)}) || 'h' else '' end
         || case when ${ms} >= ${sql.lit(MINUTE)}
                 then div(mod(${ms}::numeric, ${sql.lit(HOUR)}), ${sql.lit(MINUTE)}) || 'm' else '' end
         || trim_scale(round(mod(${ms}::numeric, ${sql.lit(MINUTE)}) / 1000, 3)) || 's' end`;

/**
 * A step that writes lines beside what it does, done again where no partition takes today's (it is made, as upkeep should
 * have), or where a run that was there went in this very moment.
 */
export async function onItsDay<T>(db: Db, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const state = sqlState(error);
    if (state !== CHECK_VIOLATION && state !== FOREIGN_KEY_VIOLATION) throw error;
    if (state === CHECK_VIOLATION) await makeDays(db);
    return step();
  }
}
