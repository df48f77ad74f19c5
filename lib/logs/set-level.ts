import { type Actor, record } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import { lockPipeline } from '../requests/pipeline-lock.ts';
import type { Level } from './line.ts';
import { USUAL_LEVEL } from './pipeline-levels.ts';

/** Says how much is kept of what a pipeline's runs log, and who said so; false when it was so before. */
export async function setLevel(
  db: Db,
  pipeline: string,
  level: Level,
  { by, from, why }: Actor & { why: string | undefined },
): Promise<boolean> {
  return commit('log-level', db, async (tx) => {
    await lockPipeline(tx, pipeline);
    const { log_level } = await tx
      .selectFrom('pipelines')
      .select('log_level')
      .where('name', '=', pipeline)
      .executeTakeFirstOrThrow();
    const before = log_level ?? USUAL_LEVEL;
    if (before === level) return false;
    await tx.updateTable('pipelines').set({ log_level: level }).where('name', '=', pipeline).execute();
    await record(
      tx,
      { by, from },
      {
        action: 'pipeline.log-level',
        subject: pipeline,
        why,
        details: { from: before, to: level },
      },
    );
    return true;
  });
}
