import type { Client } from 'pg';

export type OldRun = {
  daysAgo: number;
  status?: 'STARTED' | 'SUCCESS' | 'ERROR' | 'CANCELLED';
  kind?: 'slot' | 'person' | 'backfill';
  lane?: string;
  key?: string;
  /** Recorded by another program. */
  foreign?: boolean;
  ranged?: boolean;
};

/** Writes runs that ended long ago, with what belongs to each; resolves to their ids in the same order. */
export async function longAgo(client: Client, pipeline: string, runs: readonly OldRun[]): Promise<string[]> {
  await client.query('insert into pipelines (name) values ($1) on conflict do nothing', [pipeline]);
  const ids: string[] = [];
  for (const run of runs) {
    const { rows } = await client.query<{ id: string }>(
      `insert into run_log (component, status, started_at, finished_at)
       values ($1, $2::run_status, clock() - $3::int * interval '1 day',
               case when $2::run_status <> 'STARTED' then clock() - $3::int * interval '1 day' end) returning run_id as id`,
      [pipeline, run.status ?? 'SUCCESS', run.daysAgo],
    );
    const { id } = rows[0]!;
    ids.push(id);
    if (!run.foreign) await wish(client, pipeline, id, run);
  }
  return ids;
}

async function wish(client: Client, pipeline: string, id: string, run: OldRun): Promise<void> {
  const { daysAgo, status = 'SUCCESS', kind = 'slot', lane = '', key, ranged = false } = run;
  await client.query(
    `insert into run_requests (run_id, pipeline, kind, lane, slot, state, trigger, source, requested_at, admitted_at,
                               ended_at, idempotency_key, range_from, range_until)
     select $1::uuid, $2::text, $3::text, $4::text, case when $3::text <> 'person' then ago end, case when $5::text = 'STARTED' then 'live' else 'ran' end,
            'cron', 'local', ago, ago, case when $5::text <> 'STARTED' then ago end, $6::text,
            case when $7::boolean then ago end, case when $7::boolean then ago + interval '1 hour' end
       from (select clock() - $8::int * interval '1 day' as ago) time`,
    [id, pipeline, kind, lane, status, key ?? null, ranged, daysAgo],
  );
  await client.query(
    `with task as (insert into task_runs (run_id, name, status, finished_at) values ($1::uuid, 'only', 'SUCCESS', clock()))
     insert into run_slices (run_id, epoch, attempt, checkpoint, queued_at) values ($1::uuid, nextval('epochs'), 1, 0, clock())`,
    [id],
  );
}
