/** Rows in quarantine wait in the report database for somebody to mend them in the source, not for ever. */
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import { deleteIn } from './report.ts';
import type { Page, Walked } from './walk.ts';

/** The oldest first; they are few enough that each page begins anew. */
export async function walkQuarantine(_db: Db, page: Page, report: Client): Promise<Walked> {
  const { rows } = await report.query<{ place: string }>(
    `select ctid::text as place from kubescribe.quarantine
      where noted_at < statement_timestamp() - $1::interval
      order by noted_at limit $2 offset $3`,
    [page.keep, page.limit, page.remove ? 0 : (page.place?.passed ?? 0)],
  );
  if (page.remove) {
    await deleteIn(
      report,
      `delete from kubescribe.quarantine
        where ctid = any($1::tid[]) and noted_at < statement_timestamp() - interval '7 days'`,
      rows.map(({ place }) => place),
    );
  }
  const passed = Number(page.place?.passed ?? 0) + rows.length;
  return { place: rows.length < page.limit ? null : { passed }, looked: rows.length, gone: rows.length };
}
