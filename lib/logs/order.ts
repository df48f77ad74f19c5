/** Reading lines in the order of time, one index a stretch: as many rows are read as are taken. */
import { type RawBuilder, sql } from 'kysely';
import { LEVELS, LogType } from '../contract/log-line.ts';
import { goesUp, MIRROR, type Place } from '../db/keyset.ts';
import { conditionsOf, type LogFilter, levelsOf } from './filter.ts';

/** A place among lines: when one was said, with all digits, and its number. */
export type LogKey = [timestamp: string, id: number];
export type LogPlace = Place<LogKey> | undefined;
/** `desc`: the newest line is first. */
export type Order = 'asc' | 'desc';

type Condition = RawBuilder<unknown>;

/** How a filter is read: its stretches, each a part of one index, hold all its lines between them; `rest` is tried on each. */
export type Reading = {
  /** What its statement is prepared as; undefined: a plan for any value would be one for a run of few lines. */
  name: string | undefined;
  stretches: Condition[];
  range: Condition[];
  rest: Condition[];
};

/** What few lines are, and people look for; an index has those of a run. */
const isTrouble = (level: string) => level === 'warn' || level === 'error';

export function readingOf(filter: LogFilter): Reading {
  const { type, job_run_id, task_run_id } = filter;
  const levels = levelsOf(filter);
  const trouble = levels?.every(isTrouble) ?? false;
  const given = conditionsOf(filter);
  const reading = (by: (keyof LogFilter)[], stretches: Condition[], name?: string): Reading => ({
    name,
    stretches,
    range: given.filter((one) => one.by === 'from' || one.by === 'to').map(({ is }) => is),
    rest: given.filter((one) => ![...by, 'from', 'to'].includes(one.by)).map(({ is }) => is),
  });
  // Nothing can be both.
  if (levels?.length === 0) return reading(['level'], []);
  if (task_run_id !== undefined)
    return reading(['task_run_id'], [sql`log.task_run_id = ${task_run_id}::uuid`]);
  if (job_run_id !== undefined) {
    const ofRun = sql`log.job_run_id = ${job_run_id}::uuid`;
    if (!levels || !trouble) return reading(['job_run_id'], [ofRun]);
    const kept = sql`log.level in ('warn', 'error')`;
    return reading(
      ['job_run_id', 'level'],
      // By its first letter: the index by levels has it in order, too, and would be gone through for a run that said much.
      levels.map((level) => sql`${ofRun} and left(log.level, 1) = ${level.charAt(0)} and ${kept}`),
    );
  }
  if (levels && levels.length < LEVELS.length && (trouble || !type)) {
    const name = `of levels ${levels.map(() => 'i').join('')}`;
    return reading(
      ['level'],
      levels.map((level) => sql`log.level = ${level}`),
      name,
    );
  }
  // No index has all lines in this order: it would be gone through for what lies at its far end.
  const types = type === undefined ? LogType.options : [type];
  const name = type === undefined ? 'of all' : 'of a type';
  return reading(
    ['type'],
    types.map((one) => sql`log.type = ${one}`),
    name,
  );
}

export type Reach = { place: LogPlace; order: Order; take: number; offset?: number };

/** The first so many rows of `logs` from a place on, as a subquery that wants a name. */
export function linesInOrder(
  { stretches, range }: Reading,
  { place, order, take, offset = 0 }: Reach,
): Condition {
  const direction = sql.raw((order === 'desc') === goesUp(place) ? 'asc' : 'desc');
  const beyond = place ? beyondSql(place, order) : [];
  const byTime = sql`log.timestamp ${direction}, log.id ${direction}`;
  const bounds = (rows: number, from: number) => sql.raw(`limit ${rows} offset ${from}`);
  const part = (is: Condition, bounded: Condition) => sql`(
    select * from logs log where ${allOf([is, ...range, ...beyond])} order by ${byTime} ${bounded})`;
  const [one, ...more] = stretches;
  if (!one) return sql`(select * from logs where false)`;
  if (more.length === 0) return part(one, bounds(take, offset));
  const parts = stretches.map((each) => part(each, bounds(offset + take, 0)));
  return sql`(select * from (${sql.join(parts, sql` union all `)}) log order by ${byTime} ${bounds(take, offset)})`;
}

/** A comparison of rows is what an index seeks by; it leaves no partition out, which the second one does. */
function beyondSql({ way, key: [timestamp, id] }: Place<LogKey>, order: Order): Condition[] {
  const towards = order === 'desc' ? way : MIRROR[way];
  const at = sql`${timestamp.replace('Z', '')}::timestamp`;
  return [
    sql`(log.timestamp, log.id) ${sql.raw(towards)} (${at}, ${id}::bigint)`,
    sql`log.timestamp ${sql.raw(towards.startsWith('<') ? '<=' : '>=')} ${at}`,
  ];
}

/** All of some conditions. */
export const allOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
