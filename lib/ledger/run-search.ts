/** Whether what is searched for is rare, as far as the planner knows. */
import { sql } from 'kysely';
import * as z from 'zod';
import type { Db } from '../db/connect.ts';
import { allOf, type RunFilter, soughtOf } from './run-filter.ts';

/** As many runs are found, fetched and sorted for one page; what is more frequent is met soon on the way down the list. */
export const RARE = 5000;

const Plan = z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]);

/** By the statistics: an estimate costs the same however many runs fit. */
export async function isRare(db: Db, filter: RunFilter): Promise<boolean> {
  const { rows } = await sql<Record<'QUERY PLAN', unknown>>`
    explain (format json) select from run_log where ${allOf(soughtOf(filter))}`.execute(db);
  const [{ Plan: plan }] = Plan.parse(rows[0]?.['QUERY PLAN']);
  return plan['Plan Rows'] <= RARE;
}
