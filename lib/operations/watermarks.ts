/** How far each pipeline has read its source, by name, page by page and both ways. */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { cutPage, goesUp, MIRROR, type Neighbours, type Place } from '../db/keyset.ts';

export type WatermarkFilter = { pipeline?: string | undefined; status?: string | undefined };

type Watermark = {
  pipeline_name: string;
  last_processed_ts: Date | null;
  status: string | null;
  updated_at: Date | null;
  pipeline: string | null;
  lane: string | null;
  task: string | null;
  run_id: string | null;
  batch: number | null;
  horizon: string | null;
  lag_seconds: number | null;
  behind_seconds: number | null;
};

/** A page of watermarks. Names go up, as the list does that a person reads. */
export async function listWatermarks(
  db: Db,
  { pipeline, status }: WatermarkFilter,
  { limit, place }: { limit: number; place?: Place<[string]> | undefined },
): Promise<Neighbours<[string]> & { watermarks: Watermark[] }> {
  const up = goesUp(place);
  const conditions: RawBuilder<unknown>[] = [
    ...(pipeline === undefined ? [] : [sql`coalesce(pipeline, pipeline_name) = ${pipeline}`]),
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    ...(place ? [sql`pipeline_name ${sql.raw(MIRROR[place.way])} ${place.key[0]}`] : []),
  ];
  const { rows } = await sql<Watermark>`
    select pipeline_name, ${finite('last_processed_ts')}, status, ${finite('updated_at')}, pipeline, lane, task, run_id,
           batch, horizon, extract(epoch from lag)::float8 as lag_seconds,
           case when isfinite(last_processed_ts) then extract(epoch from clock() - last_processed_ts)::float8 end
             as behind_seconds
      from operation_logs.pipeline_watermarks
     where ${conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)}
     order by pipeline_name ${sql.raw(up ? 'desc' : 'asc')} limit ${limit + 1}`.execute(db);
  const page = cutPage(rows, { limit, place, keyOf: (row): [string] => [row.pipeline_name] });
  return { watermarks: page.rows, next: page.next, prev: page.prev };
}

const finite = (column: string) =>
  sql`case when isfinite(${sql.id(column)}) then ${sql.id(column)} end as ${sql.id(column)}`;
