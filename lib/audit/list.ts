/** The audit, newest first, page by page and both ways. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { cutPage, newestFirst, type Place } from '../db/keyset.ts';
import { exactInstant, instant } from '../ledger/instant.ts';

export type AuditFilter = {
  actor?: string | undefined;
  action?: string | undefined;
  subject?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

/** A place in the list: when a row was written, with all digits, and its number. */
type AuditKey = [at: string, auditId: number];

/** A page of interventions and the ways to its neighbours. */
export async function listAudit(db: Db, filter: AuditFilter, limit: number, place?: Place<AuditKey>) {
  let query = db
    .selectFrom('audit')
    .leftJoin('audit_seals as sealed', 'sealed.audit_id', 'audit.audit_id')
    .select(['audit.audit_id', 'actor', 'came_from', 'action', 'subject', 'why', 'details', 'sealed.number'])
    .select(sql<string>`audit.at::text`.as('written'))
    .orderBy('audit.at', newestFirst(place))
    .orderBy('audit.audit_id', newestFirst(place))
    .limit(limit + 1);
  for (const column of ['actor', 'action', 'subject'] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) query = query.where(column, '=', wanted);
  }
  if (filter.from) query = query.where('audit.at', '>=', filter.from);
  if (filter.to) query = query.where('audit.at', '<', filter.to);
  if (place) {
    const [at, auditId] = place.key;
    query = query.where(
      sql<boolean>`(audit.at, audit.audit_id) ${sql.raw(place.way)} (${at}::timestamptz, ${auditId}::bigint)`,
    );
  }
  const { rows, ...neighbours } = cutPage(await query.execute(), {
    limit,
    place,
    keyOf: ({ written, audit_id }): AuditKey => [exactInstant(written), audit_id],
  });
  return {
    interventions: rows.map(({ written, number, audit_id, ...row }) => ({
      audit_id,
      at: instant(written),
      ...row,
      seal: number,
    })),
    ...neighbours,
  };
}
