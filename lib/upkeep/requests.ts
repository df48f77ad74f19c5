/** Requests that no run stands behind any more: the calendar's past. `planned_until` never goes back, whatever goes. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { after, type Page, type Walk, type Walked, walkPage } from './walk.ts';

/** Ended, its run is gone or never was, and nothing that is under way repeats it. */
const isPast = (before: string) => sql`
  request.state not in ('waiting', 'live') and request.ended_at < ${before}::timestamptz
  and not exists (select from run_log where run_log.run_id = request.run_id)
  and not exists (select from run_requests again
                   where again.replay_of = request.run_id and again.state in ('waiting', 'live'))`;

const doomed = (before: string) => sql`
  select request.run_id as id from page join run_requests request on request.run_id = page.id
   where ${isPast(before)}`;

/** Pipeline by pipeline along the calendar, then those without a slot, which are kept as long as runs. */
export const walkRequests: Walk = async (db, page) => {
  const pipeline = page.place ? page.place.pipeline : await nextPipeline(db, '');
  return typeof pipeline === 'string' ? walkSlots(db, page, pipeline) : walkWishes(db, page);
};

async function nextPipeline(db: Db, behind: string): Promise<string | null> {
  const { rows } = await sql<{ name: string | null }>`
    select min(name) as name from pipelines where name > ${behind}`.execute(db);
  return rows[0]?.name ?? null;
}

async function walkSlots(db: Db, page: Page, pipeline: string): Promise<Walked> {
  const walked = await walkPage(db, page, {
    page: sql`
      select slot as at, run_id as id from run_requests
       where pipeline = ${pipeline} and slot >= ${String(page.place?.at ?? '-infinity')}::timestamptz
         and (slot, run_id) > ${after(page)} and slot < ${page.before}::timestamptz
       order by slot, run_id limit ${page.limit}`,
    doomed: doomed(page.before),
    from: 'run_requests',
    key: 'run_id',
  });
  if (walked.place) return { ...walked, place: { ...walked.place, pipeline } };
  return { ...walked, place: { pipeline: await nextPipeline(db, pipeline) } };
}

async function walkWishes(db: Db, page: Page): Promise<Walked> {
  const { rows } = await sql<{ before: string | null }>`
    select (clock() - keep)::text as before from retention where of = 'runs'`.execute(db);
  const before = rows[0]?.before ?? page.before;
  return walkPage(db, page, {
    page: sql`
      select requested_at as at, run_id as id from run_requests
       where slot is null and (requested_at, run_id) > ${after(page)} and requested_at < ${before}::timestamptz
       order by requested_at, run_id limit ${page.limit}`,
    doomed: doomed(before),
    from: 'run_requests',
    key: 'run_id',
  });
}
