/** What pipeline files declare becomes rows: done by `kubescribe migrate` and `make run`, never by a tick. */
import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Source } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { clockRule } from '../schedule/clock-changes.ts';
import type { Schedule } from '../schedule/slots.ts';
import { lockPipeline } from './pipeline-lock.ts';
import { plan } from './plan.ts';

/** Writes pipelines and changed schedules; returns the names whose schedule changed. */
export async function declare(db: Db, pipelines: readonly Pipeline[], source: Source): Promise<string[]> {
  const changed: string[] = [];
  for (const pipeline of pipelines) {
    if (await commit('declare', db, (tx) => declareOne(tx, pipeline, source))) changed.push(pipeline.name);
  }
  return changed;
}

async function declareOne(tx: Tx, pipeline: Pipeline, source: Source): Promise<boolean> {
  await lockPipeline(tx, pipeline.name);
  const current = await tx
    .selectFrom('schedules')
    .select(['schedule_id', 'cron', 'timezone', 'gap', 'overlap'])
    .where('pipeline', '=', pipeline.name)
    .where('valid_until', 'is', null)
    .executeTakeFirst();
  const declared = pipeline.schedule && { ...pipeline.schedule, ...clockRule(pipeline.schedule) };
  if (same(current, declared)) return false;
  if (current) {
    // The old schedule answers for its slots up to this moment.
    while (await plan(tx, pipeline, source));
    await tx
      .updateTable('schedules')
      .set({ valid_until: sql<Date>`clock()` })
      .where('schedule_id', '=', current.schedule_id)
      .execute();
  }
  if (declared) await write(tx, pipeline.name, declared);
  return true;
}

function same(current: Schedule | undefined, declared: Schedule | undefined): boolean {
  const words = (one: Schedule | undefined) =>
    one && [one.cron, one.timezone, one.gap, one.overlap].join('\n');
  return words(current) === words(declared);
}

async function write(tx: Tx, pipeline: string, schedule: Schedule): Promise<void> {
  await tx
    .insertInto('schedules')
    .values({ pipeline, ...schedule, written_by: 'pipeline file', why: 'declared' })
    .execute();
}
