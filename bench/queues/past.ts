/** A RunLog with a past: so many ended runs as the product leaves them, and of the last ones the events that are kept. */
import { migrateUp, runlogMigrations } from '../../lib/db/migrate.ts';
import type { LocalPostgres } from '../../local/postgres.ts';

/** One in fifty is of the last week, whose events are still there. */
const KEPT = 50;

/**
 * Makes it by a statement a table. Ids begin with the time of the run, as the product's own (lib/requests/run-id.ts):
 * those of new runs come after them. Only an Idempotency-Key gives an id that lies anywhere; such runs are few.
 */
export async function makePast(
  server: LocalPostgres,
  database: string,
  { runs, pipelines, lanes }: { runs: number; pipelines: number; lanes: number },
): Promise<string> {
  await server.admin(`create database ${database}`);
  await migrateUp(server.url(database), runlogMigrations);
  const past = `
    select n, 'no-work-' || n % ${pipelines} as pipeline, (n / ${pipelines} % ${lanes})::text as lane,
           (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '8' || substr(md5(n::text), 14))::uuid
             as run_id, at
      from generate_series(1, ${runs}::bigint) as n,
           lateral (select now() - (${runs} - n) * interval '3 seconds' as at) as its`;
  // Who was asked for and by whom holds by how it is made: checking it row by row would take longer than the rest.
  for (const statement of [
    `insert into pipelines (name) select 'no-work-' || n from generate_series(0, ${pipelines - 1}) as n`,
    `insert into run_requests (run_id, pipeline, kind, lane, slot, params, state, why, trigger, source, requested_at,
                               admitted_at, ended_at)
     select run_id, pipeline, 'slot', lane, at, '{"lane": 1}', 'ran', 'SUCCESS', 'cron', 'k8s', at, at,
            at + interval '2 seconds' from (${past}) past`,
    `insert into run_log (run_id, status, started_at, finished_at, component, trigger, source, meta)
     select run_id, 'SUCCESS', at, at + interval '2 seconds', pipeline, 'cron', 'k8s',
            jsonb_build_object('kind', 'slot', 'slot', at, 'attempts', 1, 'params', '{}'::jsonb) from (${past}) past`,
    `insert into run_slices (run_id, epoch, attempt, checkpoint, queued_at, claimed_at, left_at, left_as, code)
     select run_id, nextval('epochs'), 1, 0, at, at, at + interval '2 seconds', 'ended', 'abc' from (${past}) past`,
    `insert into task_runs (id, run_id, name, status, started_at, finished_at)
     select run_id, run_id, 'nothing', 'SUCCESS', at, at + interval '2 seconds' from (${past}) past`,
    `insert into outbox (id, type, source, subject, run_id, checkpoint, data, time, due_at, sent_at, sends, done_at)
     select concat_ws(':', pipeline || '/' || run_id, type, 0, n), 'dev.kubescribe.' || type, '/kubescribe/run-pipeline',
            pipeline || '/' || run_id, run_id, 0, jsonb_build_object('run_id', run_id, 'pipeline', pipeline), at, at, at,
            1, at
       from (${past}) past cross join unnest('{run.requested,run.started,run.succeeded}'::text[]) as type
      where n > ${runs - Math.ceil(runs / KEPT)}`,
  ])
    await server.admin(`set session_replication_role = replica; ${statement}`, database);
  await server.admin('vacuum (analyze, parallel 0)', database);
  return server.url(database);
}
