/** Which lines are asked for: as conditions of SQL, and as a predicate for lines that are at hand. They take the same lines. */
import { type RawBuilder, sql } from 'kysely';
import { LEVELS, type LogLine } from '../contract/log-line.ts';
import { expressionOf } from './regex.ts';

export type LogFilter = {
  type?: LogLine['type'] | undefined;
  job_run_id?: string | undefined;
  task_run_id?: string | undefined;
  level?: readonly LogLine['level'][] | undefined;
  min_level?: LogLine['level'] | undefined;
  stream?: readonly LogLine['stream'][] | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  text?: string | undefined;
  regex?: string | undefined;
};

/** The levels that are asked for; undefined: all. */
export function levelsOf({
  level,
  min_level,
}: Pick<LogFilter, 'level' | 'min_level'>): LogLine['level'][] | undefined {
  if (!level && !min_level) return undefined;
  const least = min_level ? LEVELS.indexOf(min_level) : 0;
  return LEVELS.filter((one, rank) => rank >= least && (!level || level.includes(one)));
}

/** A time as the column has it, without a zone. */
export const utc = (time: Date) => sql`${time.toISOString().slice(0, -1)}::timestamp`;

/** By which column a condition goes. */
type Named = { by: keyof LogFilter; is: RawBuilder<unknown> };

/** What is asked of the columns of `log`, a condition each; a regular expression is no business of the database. */
export function conditionsOf(filter: LogFilter): Named[] {
  const { type, job_run_id, task_run_id, stream, from, to, text } = filter;
  const levels = levelsOf(filter);
  const given: (Named | undefined)[] = [
    type && { by: 'type', is: sql`log.type = ${type}` },
    job_run_id ? { by: 'job_run_id', is: sql`log.job_run_id = ${job_run_id}::uuid` } : undefined,
    task_run_id ? { by: 'task_run_id', is: sql`log.task_run_id = ${task_run_id}::uuid` } : undefined,
    levels && { by: 'level', is: sql`log.level = any (${levels}::text[])` },
    stream && { by: 'stream', is: sql`log.stream = any (${[...stream]}::text[])` },
    from && { by: 'from', is: sql`log.timestamp >= ${utc(from)}` },
    to && { by: 'to', is: sql`log.timestamp < ${utc(to)}` },
    text === undefined
      ? undefined
      : { by: 'text', is: sql`position(lower(${text}) in lower(log.message)) > 0` },
  ];
  return given.filter((one) => one !== undefined);
}

/** Whether a line is asked for. A `regex` that is none throws a 400 here, before the first line. */
export function matcherOf(filter: LogFilter): (line: LogLine) => boolean {
  const { type, job_run_id, task_run_id, stream, from, to } = filter;
  const levels = levelsOf(filter);
  const text = filter.text?.toLowerCase();
  const found = filter.regex === undefined ? undefined : expressionOf(filter.regex);
  const sameId = (wanted: string | undefined, id: string | null) =>
    wanted === undefined || wanted.toLowerCase() === id;
  return (line) => {
    if (type !== undefined && line.type !== type) return false;
    if (!sameId(job_run_id, line.job_run_id) || !sameId(task_run_id, line.task_run_id)) return false;
    if (levels && !levels.includes(line.level)) return false;
    if (stream && !stream.includes(line.stream)) return false;
    const said = from || to ? Date.parse(line.timestamp) : 0;
    if ((from && said < from.getTime()) || (to && said >= to.getTime())) return false;
    if (text !== undefined && !line.message.toLowerCase().includes(text)) return false;
    return found === undefined || found(line.message);
  };
}
