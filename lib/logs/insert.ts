/** The one statement by which lines get into the table: in their order, each once, in one commit. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { commitOneReadWrite } from '../db/read-write.ts';
import { CHECK_VIOLATION, FOREIGN_KEY_VIOLATION, sqlState } from '../db/sqlstate.ts';
import { type Line, type Origin, saidNow } from './line.ts';
import { makeDays } from './make-days.ts';
import { nothingLeftOut, sumOf } from './share.ts';
import { wakingReaders } from './wake-readers.ts';

/** How many lines are stored; `landed` is false when the first of them were there already, and then none was. */
export type Inserted = {
  landed: boolean;
  written: number;
  /** Lines that each run has now. */
  totals: { run_id: string; written: number }[];
};

/** Stores lines of a writer and wakes who reads along. Lines of runs that are gone are let go. */
export async function insertLines(db: Db, writer: string, lines: readonly Line[]): Promise<Inserted> {
  try {
    return await insert(db, writer, lines, false);
  } catch (error) {
    const state = sqlState(error);
    if (state !== CHECK_VIOLATION && state !== FOREIGN_KEY_VIOLATION) throw error;
    // No partition takes them: today's is made, as upkeep should have; what is older than yesterday gets its first
    // instant. Or a run went in this very moment.
    if (state === CHECK_VIOLATION) await makeDays(db);
    return insert(db, writer, lines, state === CHECK_VIOLATION);
  }
}

/** How many lines of this writer have been brought in. */
export async function linesBroughtIn(db: Db, writer: string): Promise<number> {
  const mark = await db.selectFrom('log_writers').select('lines').where('id', '=', writer).executeTakeFirst();
  return mark?.lines ?? 0;
}

async function insert(db: Db, writer: string, lines: readonly Line[], clamp: boolean): Promise<Inserted> {
  const { origins, places, runs } = gathered(lines);
  const now = saidNow();
  const ages = lines.map(({ said }) => Math.max(0, now - said));
  const { rows } = await commitOneReadWrite('logs', db, (on) =>
    sql<Inserted>`
    /* write log lines */
    with mark as (
      insert into log_writers as known (id, lines) values (${writer}::uuid, ${lines.at(-1)?.n ?? 0}::bigint)
      on conflict (id) do update set lines = excluded.lines, seen_at = clock()
       where known.lines < ${lines[0]?.n ?? 0}::bigint
      returning id),
    origin as (
      select number, run_id, task_run_id, attempt, epoch,
             case when task_run_id is not null then 'task' when run_id is not null then 'job' else 'system' end as type
        from unnest(${origins.map((of) => of.runId)}::uuid[], ${origins.map((of) => of.taskRunId)}::uuid[],
                    ${origins.map((of) => of.attempt)}::int[], ${origins.map((of) => of.epoch)}::bigint[])
               with ordinality as given (run_id, task_run_id, attempt, epoch, number)
       where exists (select from mark)
         and (run_id is null or exists (select from run_log where run_log.run_id = given.run_id))
         and (task_run_id is null or exists (select from task_runs where task_runs.id = given.task_run_id))),
    written as (
      insert into logs (type, job_run_id, task_run_id, timestamp, level, stream, message, metadata, attempt, epoch)
      select type, run_id, task_run_id,
             greatest((select clock() at time zone 'UTC') - age * interval '1 millisecond',
                      case when ${clamp}::boolean
                           then (select date_trunc('day', clock() at time zone 'UTC') - interval '1 day') end),
             level, stream, message, metadata, attempt, epoch
        from unnest(${places}::int[], ${ages}::float8[], ${lines.map((line) => line.level)}::text[],
                    ${lines.map((line) => line.stream)}::text[], ${lines.map((line) => line.message)}::text[],
                    ${lines.map((line) => line.metadata)}::jsonb[])
               with ordinality as line (place, age, level, stream, message, metadata, n)
        join origin on number = place
       order by n
      returning 1),
    counted as (
      insert into log_counts as known (run_id, written, repeated, over_budget, crowded_out)
      select run_id, said, repeated, over_budget, crowded_out
        from unnest(${runs.map((run) => run.id)}::uuid[], ${runs.map((run) => run.lines)}::bigint[],
                    ${runs.map((run) => run.left.repeated)}::bigint[],
                    ${runs.map((run) => run.left.over_budget)}::bigint[],
                    ${runs.map((run) => run.left.crowded_out)}::bigint[])
               as run (run_id, said, repeated, over_budget, crowded_out)
       where exists (select from origin where origin.run_id = run.run_id)
       order by run_id
      on conflict (run_id) do update
         set written = known.written + excluded.written, repeated = known.repeated + excluded.repeated,
             over_budget = known.over_budget + excluded.over_budget,
             crowded_out = known.crowded_out + excluded.crowded_out
      returning run_id, known.written)
    select exists (select from mark) as landed, (select count(*) from written) as written,
           coalesce((select json_agg(counted) from counted), '[]') as totals,
           ${wakingReaders}`.execute(on),
  );
  return rows[0] ?? { landed: false, written: 0, totals: [] };
}

/** Whose the lines are, each said once, and what is counted of each run. */
function gathered(lines: readonly Line[]) {
  const known = new Map<Origin, number>();
  const runs = new Map<string, { id: string; lines: number; left: typeof nothingLeftOut }>();
  const places = lines.map(({ origin, left }) => {
    if (origin.runId !== null) {
      const run = runs.get(origin.runId) ?? { id: origin.runId, lines: 0, left: nothingLeftOut };
      run.lines += 1;
      if (left) run.left = sumOf(run.left, left);
      runs.set(origin.runId, run);
    }
    const place = known.get(origin) ?? known.size + 1;
    known.set(origin, place);
    return place;
  });
  return { origins: [...known.keys()], places, runs: [...runs.values()] };
}
