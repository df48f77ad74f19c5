/** What RunLog knows of pipelines: whether they are declared, their schedules in force, open pauses, last runs. */
import { type Selectable, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { RunLogTable } from '../db/ledger-tables.ts';
import type { PausesTable, PipelinesTable, SchedulesTable } from '../db/schedule-tables.ts';

export type LastRun = Pick<
  Selectable<RunLogTable>,
  'run_id' | 'status' | 'started_at' | 'finished_at' | 'duration_ms' | 'error_code' | 'error_message'
> & { component: string; done: boolean };

export type Known = {
  now: Date;
  schedules: Selectable<SchedulesTable>[];
  pauses: Selectable<PausesTable>[];
  /** The last run of each, and where that goes on or was cancelled, the last that says how it is (`done`). */
  runs: LastRun[];
  watermarks: Watermark[];
  /** Where somebody said how much of their logs is kept. */
  levels: Pick<Selectable<PipelinesTable>, 'name' | 'log_level'>[];
};

/** How far a pipeline has read; of each of its lanes and tasks that have a watermark. */
type Watermark = {
  pipeline: string;
  name: string;
  status: string | null;
  reached: Date | null;
  lag_ms: number | null;
  updated_at: Date | null;
  run_id: string | null;
};

/** The names of the pipelines that were declared at some time. */
export async function declaredNames(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('pipelines').select('name').execute();
  return rows.map(({ name }) => name);
}

/** What is known of these. */
export async function readKnown(db: Db, names: readonly string[]): Promise<Known> {
  const [clock, schedules, pauses, runs, watermarks, levels] = await Promise.all([
    sql<{ now: Date }>`select clock() as now`.execute(db),
    db
      .selectFrom('schedules')
      .selectAll()
      .where('valid_until', 'is', null)
      .where('pipeline', 'in', names)
      .execute(),
    db
      .selectFrom('pauses')
      .selectAll()
      .where('resumed_at', 'is', null)
      .where('pipeline', 'in', names)
      .execute(),
    readLastRuns(db, names),
    readWatermarks(db, names),
    db.selectFrom('pipelines').select(['name', 'log_level']).where('name', 'in', names).execute(),
  ]);
  return { now: clock.rows[0]!.now, schedules, pauses, runs, watermarks, levels };
}

async function readWatermarks(db: Db, names: readonly string[]): Promise<Watermark[]> {
  const { rows } = await sql<Watermark>`
    select pipeline, pipeline_name as name, status, last_processed_ts as reached,
           (extract(epoch from lag) * 1000)::float8 as lag_ms, updated_at, run_id
      from operation_logs.pipeline_watermarks where pipeline = any(${names}::text[]) order by pipeline_name`.execute(
    db,
  );
  return rows;
}

async function readLastRuns(db: Db, names: readonly string[]): Promise<LastRun[]> {
  const newest = (which: typeof all) => sql`
    select run_id, component, status, started_at, finished_at, duration_ms, error_code, error_message
      from run_log where component = wanted.name ${which} order by started_at desc, run_id desc limit 1`;
  const all = sql``;
  const done = sql`and status in ('SUCCESS', 'ERROR', 'TIMEOUT')`;
  const { rows } = await sql<LastRun>`
    select run.*, kind.done
      from unnest(${names}::text[]) as wanted (name)
      cross join (values (false), (true)) as kind (done)
      cross join lateral (
        select * from (${newest(all)}) last where not kind.done
        union all
        select * from (${newest(done)}) last where kind.done) run`.execute(db);
  return rows;
}
