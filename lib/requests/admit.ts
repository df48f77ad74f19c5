/** Admission: a waiting request becomes a run when nothing lives in its lane. */
import { sql } from 'kysely';
import type { RunRequest } from '../db/tables.ts';
import { emit, type Tx } from '../events/outbox.ts';
import { LATE_AFTER } from '../schedule/misfire.ts';
import { tellMissed } from './missed.ts';

/** Ends the requests whose time is over, then admits the next of each lane. The caller holds the pipeline's lock. */
export async function expireAndAdmit(tx: Tx, pipeline: string): Promise<string[]> {
  await expire(tx, pipeline);
  return admit(tx, pipeline);
}

async function expire(tx: Tx, pipeline: string): Promise<void> {
  const { rows } = await sql<Pick<RunRequest, 'slot' | 'state' | 'why'>>`
    update run_requests
       set state = case kind when 'slot' then 'missed' else 'cancelled' end,
           why = 'it waited until its deadline and its lane was never free',
           ended_at = clock()
     where pipeline = ${pipeline} and state = 'waiting' and deadline <= clock()
    returning slot, state, why`.execute(tx);
  for (const { slot, state, why } of rows) {
    if (state === 'missed' && slot) await tellMissed(tx, pipeline, slot, why ?? '');
  }
}

async function admit(tx: Tx, pipeline: string): Promise<string[]> {
  const { rows } = await sql<RunRequest>`
    update run_requests set
           state = 'live', admitted_at = clock(),
           late = kind = 'slot' and clock() > slot + ${LATE_AFTER} * interval '1 millisecond'
     where run_id in (
       select distinct on (lane) run_id
         from run_requests next
        where pipeline = ${pipeline} and state = 'waiting'
          and not exists (
            select from run_requests live
             where live.pipeline = next.pipeline and live.lane = next.lane and live.state = 'live')
        order by lane, first desc, ordinal)
    returning *`.execute(tx);
  for (const request of rows) await begin(tx, request);
  return rows.map((request) => request.run_id);
}

/** What must have one writer: the watermark of a lane; what reads a range of its own has none, and writes alone. */
const scopeOf = ({ range_from, lane, pipeline, run_id }: RunRequest) =>
  range_from ? `run:${run_id}` : lane === '' ? pipeline : `${pipeline}/${lane}`;

async function begin(tx: Tx, request: RunRequest): Promise<void> {
  const { run_id, pipeline } = request;
  const meta = {
    kind: request.kind,
    params: request.params,
    ...(request.slot && { slot: request.slot }),
    ...(request.late && { late: true }),
    ...(request.replay_of && { replay_of: request.replay_of }),
  };
  await tx
    .insertInto('run_log')
    .values({
      run_id,
      component: pipeline,
      trigger: request.trigger,
      source: request.source,
      meta: JSON.stringify(meta),
    })
    .execute();
  await sql`
    insert into run_work (run_id, pipeline, lane, scope, deadline)
    values (${run_id}, ${pipeline}, ${request.lane}, ${scopeOf(request)}, clock() + ${request.timeout}::interval)
  `.execute(tx);
  await emit(tx, {
    name: 'run.requested',
    by: 'trigger',
    subject: `${pipeline}/${run_id}`,
    runId: run_id,
    checkpoint: 0,
    epoch: 0,
    data: { run_id, pipeline, checkpoint: 0 },
  });
}
