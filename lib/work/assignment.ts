import type { Db } from '../db/connect.ts';
import type { Json } from '../db/tables.ts';
import type { Level } from '../logs/line.ts';

/** What a run was asked to do. */
export type Assignment = {
  params: Json;
  slot: Date | undefined;
  range: { from: Date; until: Date } | undefined;
  /** The last wish to read everything again. */
  reset: string | undefined;
  /** How much is kept of what it logs; null: as usual. */
  logLevel: Level | null;
};

/** The assignment of a run; nothing special for one that RunLog has forgotten. */
export async function assignmentOf(db: Db, runId: string): Promise<Assignment> {
  const request = await db
    .selectFrom('run_requests')
    .innerJoin('pipelines', 'name', 'pipeline')
    .select(['params', 'slot', 'range_from', 'range_until', 'watermark_reset', 'log_level'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
  const { range_from: from, range_until: until } = request ?? {};
  return {
    params: request?.params ?? {},
    slot: request?.slot ?? undefined,
    range: from && until ? { from, until } : undefined,
    reset: request?.watermark_reset ?? undefined,
    logLevel: request?.log_level ?? null,
  };
}
