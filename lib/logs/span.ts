/** From when to when a run or a task said something: a page of it is planned and sought in these days alone. */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { LogFilter } from './filter.ts';

type Condition = RawBuilder<unknown>;

/** Conditions that hold for all its lines; undefined when there are none. Filters of no run and no task have no span. */
export async function spanOf(
  db: Db,
  { job_run_id, task_run_id }: LogFilter,
): Promise<Condition[] | undefined> {
  const [of, column, id] =
    task_run_id === undefined ? ['run', 'job_run_id', job_run_id] : ['task', 'task_run_id', task_run_id];
  if (id === undefined) return [];
  const end = (direction: 'asc' | 'desc') => sql`(
    select log.timestamp from logs log where log.${sql.ref(column)} = ${id}::uuid
     order by log.timestamp ${sql.raw(direction)}, log.id ${sql.raw(direction)} limit 1)::text`;
  // One line is sought in order whatever is believed of their number: this may be planned once.
  const { rows } = await sql<{
    first: string | null;
    last: string | null;
  }>`${sql.raw(`/* log span of a ${of} */`)}
    select ${end('asc')} as first, ${end('desc')} as last`.execute(db);
  const { first, last } = rows[0]!;
  if (first === null || last === null) return undefined;
  return [sql`log.timestamp >= ${first}::timestamp`, sql`log.timestamp <= ${last}::timestamp`];
}
