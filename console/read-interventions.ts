/** What people, or a row of failures, did to the schedules: pauses and overrides that are in force. */
import { sql } from 'kysely';
import type { Db } from '../lib/db/connect.ts';

export type Intervention = { kind: 'paused' | 'overridden'; since: Date; by: string; why: string | null };

/** Interventions by pipeline; at most `limit` of each kind. */
export async function readInterventions(
  db: Db,
  limit: number,
): Promise<(Intervention & { pipeline: string })[]> {
  const { rows } = await sql<Intervention & { pipeline: string }>`
    (select pipeline, 'paused' as kind, paused_at as since, paused_by as by, why
       from pauses where resumed_at is null order by pipeline limit ${limit})
    union all
    (select pipeline, 'overridden', valid_from, written_by, why
       from schedules where valid_until is null and origin = 'override' order by pipeline limit ${limit})
  `.execute(db);
  return rows;
}
