/** Runs that are old and that nothing needs any more; their tasks, slices, books and lines go with them. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { after, type Page, type Walk, walkPage } from './walk.ts';

const oldRuns = (page: Page, since?: string) => sql`
  select started_at as at, run_id as id from run_log
   where (started_at, run_id) > ${after(page, since)} and started_at < ${page.before}::timestamptz
   order by started_at, run_id limit ${page.limit}`;

/** The newest of a component is what v_latest_runs shows. */
const hasSuccessor = sql`exists (
  select from run_log newer
   where newer.component = run.component and (newer.started_at, newer.run_id) > (run.started_at, run.run_id))`;

/** What is still to be told, or to be done again, may ask for the run. */
const isAskedFor = sql`(
  exists (select from outbox where outbox.run_id = run.run_id and outbox.done_at is null)
  or exists (select from run_requests again
              where again.replay_of = run.run_id and again.state in ('waiting', 'live')))`;

/** Failures in a row are counted up to here: so many slots of a lane must remain. */
const needed = sql`case when request.kind = 'slot' then coalesce(pipelines.pause_after, 1) else 1 end`;

/**
 * So many newer runs of its lane have been judged that nobody looks behind them: neither for whether a success is a
 * recovery, nor for failures in a row. The lane of a range is used by its replays alone.
 */
const isOutlived = sql`(
  request.range_from is not null
  or ${needed} <= (
    select count(*) from (
      select from run_requests newer join run_log judged on judged.run_id = newer.run_id
       where newer.pipeline = request.pipeline and newer.lane = request.lane and newer.state = 'ran'
         and (newer.ended_at, newer.ordinal) > (request.ended_at, request.ordinal)
         and judged.status in ('SUCCESS', 'ERROR', 'TIMEOUT')
         and (request.kind <> 'slot' or newer.kind = 'slot')
       limit ${needed}) newer))`;

/** Our own. A request lives on in the calendar when it has a slot; its key goes with the run that it stands for. */
export const walkRuns: Walk = (db, page) =>
  walkPage(db, page, {
    page: oldRuns(page),
    doomed: sql`
      select run.run_id as id
        from page join run_log run on run.run_id = page.id
                  join run_requests request on request.run_id = page.id
                  join pipelines on pipelines.name = request.pipeline
       where run.status <> 'STARTED' and run.finished_at < ${page.before}::timestamptz
         and request.state = 'ran' and ${hasSuccessor} and not ${isAskedFor} and ${isOutlived}`,
    from: 'run_log',
    key: 'run_id',
    also: sql`,
    wishes as (
      delete from run_requests request using doomed
       where request.run_id = doomed.id
         and (request.slot is null or request.idempotency_key is not null
              or exists (select from first_answers where first_answers.run_id = doomed.id)))`,
  });

/** Those that other programs recorded. */
export const walkForeignRuns: Walk = (db, page) =>
  walkPage(db, page, {
    page: oldRuns(page),
    doomed: sql`
      select run.run_id as id
        from page join run_log run on run.run_id = page.id
       where run.status <> 'STARTED' and run.finished_at < ${page.before}::timestamptz and ${hasSuccessor}
         and not exists (select from run_requests where run_requests.run_id = page.id)`,
    from: 'run_log',
    key: 'run_id',
  });

/** A pass begins so far before where the one before came to: what was live then has ended. */
const AGAIN = '7 days';

/** What the runs of a page left in a table of details, whose own time is shorter than theirs. */
export const walkDetails =
  (table: 'run_slices' | 'batch_books'): Walk =>
  async (db, page) => {
    const since = page.place ? undefined : await beginOf(db, table);
    return walkPage(db, page, {
      page: oldRuns(page, since),
      doomed: sql`
        select run.run_id as id from page join run_log run on run.run_id = page.id
         where run.status <> 'STARTED' and run.finished_at < ${page.before}::timestamptz
           and exists (select from ${sql.table(table)} detail where detail.run_id = page.id)`,
      from: table,
      key: 'run_id',
    });
  };

async function beginOf(db: Db, of: string): Promise<string | undefined> {
  const { rows } = await sql<{ since: string | null }>`
    select (gone_before - ${AGAIN}::interval)::text as since from retention where of = ${of}`.execute(db);
  return rows[0]?.since ?? undefined;
}
