/** The audit, newest first, page by page. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { exactInstant, instant } from '../ledger/instant.ts';

export type AuditFilter = {
  actor?: string | undefined;
  action?: string | undefined;
  subject?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

/** A place in the list: the last row seen, its time with all its digits. */
export type Place = { at: string; auditId: string };

/** A page of interventions and, when there are more, where the next begins. */
export async function listAudit(db: Db, filter: AuditFilter, limit: number, after?: Place) {
  let query = db
    .selectFrom('audit')
    .leftJoin('audit_seals as sealed', 'sealed.audit_id', 'audit.audit_id')
    .select(['audit.audit_id', 'actor', 'came_from', 'action', 'subject', 'why', 'details', 'sealed.number'])
    .select(sql<string>`audit.at::text`.as('written'))
    .orderBy('audit.at', 'desc')
    .orderBy('audit.audit_id', 'desc')
    .limit(limit + 1);
  for (const column of ['actor', 'action', 'subject'] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) query = query.where(column, '=', wanted);
  }
  if (filter.from) query = query.where('audit.at', '>=', filter.from);
  if (filter.to) query = query.where('audit.at', '<', filter.to);
  if (after)
    query = query.where(
      sql<boolean>`(audit.at, audit.audit_id) < (${after.at}::timestamptz, ${after.auditId}::bigint)`,
    );
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    interventions: rows.slice(0, limit).map(({ written, number, audit_id, ...row }) => ({
      audit_id,
      at: instant(written),
      ...row,
      seal: number,
    })),
    next: last && { at: exactInstant(last.written), auditId: String(last.audit_id) },
  };
}
