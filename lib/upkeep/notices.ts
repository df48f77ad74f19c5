/** What was sent, what was told to people, what nobody could take, and how large tables once were. */
import { sql } from 'kysely';
import { BY_ITSELF } from '../audit/record.ts';
import { afterNumber, type Walk, walkPage } from './walk.ts';

/** Events that are done; the sweep lets them go each minute, and this does where no sweep comes. */
export const walkOutbox: Walk = (db, page) =>
  walkPage(db, page, {
    page: sql`
      select done_at as at, id from outbox
       where (done_at, id) > (${String(page.place?.at ?? '-infinity')}::timestamptz, ${String(page.place?.id ?? '')})
         and done_at < ${page.before}::timestamptz
       order by done_at, id limit ${page.limit}`,
    doomed: sql`select outbox.id from page join outbox on outbox.id = page.id`,
    from: 'outbox',
    key: 'id',
  });

/** What is still to be sent stays. */
export const walkNotifications: Walk = (db, page) =>
  walkPage(db, page, {
    page: sql`
      select null::timestamptz as at, id from alert_notifications
       where id > ${String(page.place?.id ?? 0)}::bigint and created_at < ${page.before}::timestamptz
       order by id limit ${page.limit}`,
    doomed: sql`
      select page.id from page join alert_notifications notification on notification.id = page.id
       where status <> 'pending'`,
    from: 'alert_notifications',
    key: 'id',
  });

/** Old is what has not come again; what is being sent again stays. */
export const walkDeadLetters: Walk = (db, page) =>
  walkPage(db, page, {
    page: sql`
      select first_seen as at, id from dead_letters
       where (first_seen, id) > ${afterNumber(page)} and first_seen < ${page.before}::timestamptz
       order by first_seen, id limit ${page.limit}`,
    doomed: sql`
      select page.id from page join dead_letters letter on letter.id = page.id
       where last_seen < ${page.before}::timestamptz
         and not exists (select from dead_letter_replays replay
                          where replay.dead_letter_id = page.id and replay.taken_at is null)`,
    from: 'dead_letters',
    key: 'id',
  });

/** A few rows a day. */
export const walkSizes: Walk = async (db, { before, remove }) => {
  const old = sql`from table_sizes where day < ${before}::timestamptz::date`;
  const { rows } = remove
    ? await sql<{
        gone: number;
      }>`with gone as (delete ${old} returning 1) select count(*) as gone from gone`.execute(db)
    : await sql<{ gone: number }>`select count(*) as gone ${old}`.execute(db);
  const { gone } = rows[0]!;
  return { place: null, looked: gone, gone };
};

/** The audit itself takes its oldest seals away, and says so in a row; nothing of it goes within a year. */
export const walkAudit: Walk = async (db, { before, keep, limit, remove }) => {
  const { rows } = remove
    ? await sql<{ gone: number }>`
        select forget_audit(${keep}::interval, ${BY_ITSELF.by}, ${BY_ITSELF.from}, 'older than it is kept',
                            ${limit}::integer) as gone`.execute(db)
    : await sql<{ gone: number }>`
        select count(*) as gone from audit_seals where sealed_at < ${before}::timestamptz`.execute(db);
  const { gone } = rows[0]!;
  return { place: remove && gone >= limit ? {} : null, looked: gone, gone };
};
