/** What pipeline files declare becomes rows: done by `kubescribe migrate` and `make run`, never by a tick. */
import { sql } from 'kysely';
import type { Actor } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Source } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { changeSchedule, sameSchedule } from './change-schedule.ts';
import { lockPipeline } from './pipeline-lock.ts';

const UNNAMED: Actor = { by: 'somebody', from: 'itself' };

/** Writes pipelines and changed schedules; returns the names whose schedule changed. What somebody set stays in force. */
export async function declare(
  db: Db,
  pipelines: readonly Pipeline[],
  source: Source,
  actor: Actor = UNNAMED,
): Promise<string[]> {
  const changed: string[] = [];
  for (const pipeline of pipelines) {
    await commit('declare', db, (tx) => writePipeline(tx, pipeline));
    const declared = await changeSchedule('schedule.declare', db, pipeline, source, (current) =>
      current?.origin === 'override' || sameSchedule(current, pipeline.schedule)
        ? undefined
        : { to: pipeline.schedule, origin: 'file', by: 'pipeline file', why: 'declared', actor },
    );
    if (declared) changed.push(pipeline.name);
  }
  return changed;
}

async function writePipeline(tx: Tx, { name, pauseAfter }: Pipeline): Promise<void> {
  await lockPipeline(tx, name);
  await tx
    .updateTable('pipelines')
    .set({ pause_after: pauseAfter ?? null })
    .where('name', '=', name)
    .where('pause_after', 'is distinct from', sql<number | null>`${pauseAfter ?? null}::integer`)
    .execute();
}
