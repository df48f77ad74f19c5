/** What schedules, pauses and backfills once were; what is in force, and what is decided by, stays. */
import { sql } from 'kysely';
import { after, type Page, type Walk, walkPage } from './walk.ts';

/** There are few: they are walked by their number alone. */
const numbered = (
  table: 'schedules' | 'pauses',
  id: string,
  ended: string,
  { place, before, limit }: Page,
) => sql`
  select null::timestamptz as at, ${sql.ref(id)} as id from ${sql.table(table)}
   where ${sql.ref(id)} > ${String(place?.id ?? 0)}::bigint and ${sql.ref(ended)} < ${before}::timestamptz
   order by ${sql.ref(id)} limit ${limit}`;

/** An override says what the file said before it: the file's newest row stays, and all that came after. */
export const walkSchedules: Walk = (db, page) =>
  walkPage(db, page, {
    page: numbered('schedules', 'schedule_id', 'valid_until', page),
    doomed: sql`
      select page.id from page join schedules old on old.schedule_id = page.id
       where exists (select from schedules newer
                      where newer.pipeline = old.pipeline and newer.schedule_id > old.schedule_id
                        and newer.origin = 'file')`,
    from: 'schedules',
    key: 'schedule_id',
  });

/** The newest says since when failures in a row count; slots that nobody has planned yet may lie in an older one. */
export const walkPauses: Walk = (db, page) =>
  walkPage(db, page, {
    page: numbered('pauses', 'pause_id', 'resumed_at', page),
    doomed: sql`
      select page.id from page join pauses old on old.pause_id = page.id
       where exists (select from pauses newer
                      where newer.pipeline = old.pipeline and newer.resumed_at > old.resumed_at)
         and not exists (select from schedules
                          where schedules.pipeline = old.pipeline and schedules.valid_until is null
                            and schedules.planned_until < old.resumed_at)`,
    from: 'pauses',
    key: 'pause_id',
  });

/** Their requests go first. */
export const walkBackfills: Walk = (db, page) =>
  walkPage(db, page, {
    page: sql`
      select created_at as at, backfill_id as id from backfills
       where (created_at, backfill_id) > ${after(page)} and created_at < ${page.before}::timestamptz
       order by created_at, backfill_id limit ${page.limit}`,
    doomed: sql`
      select page.id from page join backfills on backfill_id = page.id
       where ended_at < ${page.before}::timestamptz
         and not exists (select from run_requests request where request.backfill_id = page.id)`,
    from: 'backfills',
    key: 'backfill_id',
  });
