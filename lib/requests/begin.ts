/** The birth of runs, as a part of the statement that makes their requests live. */
import { type RawBuilder, sql } from 'kysely';
import { jsonInstant } from '../db/json-instant.ts';
import { emitting } from '../events/outbox.ts';

/** Where the first slice begins: by name, since files change. */
const state = sql`case when resume_from is null then '{}' else jsonb_build_object('from', resume_from) end`;

/** What must have one writer: the watermark of a lane; what reads a range of its own has none, and writes alone. */
const scope = sql`
  case when range_from is not null then 'run:' || run_id when lane = '' then pipeline else pipeline || '/' || lane end`;

const meta = sql`
  jsonb_build_object('kind', kind, 'params', params)
    || jsonb_strip_nulls(jsonb_build_object(
         'slot', ${jsonInstant(sql`slot`)}, 'late', nullif(late, false),
         'why', nullif(wish_why, ''), 'replay_of', replay_of, 'backfill_id', backfill_id,
         'resumed_from', case when resume_from is not null
                              then jsonb_build_object('run_id', replay_of, 'task', resume_from) end))`;

/** Writes the run, its work and the call for a worker of each request that the query named `begun` returns. */
export const beginning: RawBuilder<unknown> = sql`
  logged as (
    insert into run_log (run_id, component, trigger, source, meta, tags)
    select run_id, pipeline, trigger, source, ${meta}, tags from begun),
  worked as (
    insert into run_work (run_id, pipeline, lane, scope, state, deadline)
    select run_id, pipeline, lane, ${scope}, ${state}, clock() + timeout from begun),
  called as (${emitting({
    name: 'run.requested',
    by: 'trigger',
    from: sql`begun`,
    pipeline: sql`pipeline`,
    runId: sql`run_id`,
    checkpoint: sql`0`,
    epoch: sql`0`,
    data: sql`jsonb_build_object('run_id', run_id, 'pipeline', pipeline, 'checkpoint', 0)`,
  })})`;
