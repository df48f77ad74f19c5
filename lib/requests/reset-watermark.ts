/** The wish that a pipeline reads its source from the beginning: its next run carries it out, under its own fence. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Actor, record } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { lockPipeline } from './pipeline-lock.ts';

/**
 * Writes the wish down. Nothing is reset here: the watermark is the last commit row of the report database, and only who
 * holds the pipeline's scope moves it; its commit row then names the wish.
 */
export async function resetWatermark(
  db: Db,
  pipeline: string,
  { why, ...actor }: Actor & { why: string },
): Promise<{ reset: string; at: Date }> {
  const reset = randomUUID();
  return commit('reset-watermark', db, async (tx) => {
    await lockPipeline(tx, pipeline);
    const { at } = await tx
      .updateTable('pipelines')
      .set({ watermark_reset: reset, watermark_reset_at: sql<Date>`clock()` })
      .where('name', '=', pipeline)
      .returning('watermark_reset_at as at')
      .executeTakeFirstOrThrow();
    const details = { to: 'full', reset };
    await record(tx, actor, { action: 'watermark.reset', subject: pipeline, why, details });
    return { reset, at: at! };
  });
}
