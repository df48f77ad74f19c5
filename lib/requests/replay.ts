/** Doing an ended run again: from its beginning, or from the task at which it failed. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { RunRequest, RunStatus } from '../db/tables.ts';
import type { Pipeline } from '../pipeline/options.ts';
import type { Again } from './ask-as-person.ts';

/** The run is there and cannot be done again so; the message goes on after its name. */
export class CannotRepeat extends Error {}

/** The request of a run that has ended, or that ended without becoming one; undefined when nobody knows it. */
export async function endedRequest(db: Db, runId: string): Promise<RunRequest | undefined> {
  const request = await db
    .selectFrom('run_requests')
    .selectAll()
    .where('run_id', '=', runId)
    .executeTakeFirst();
  if (!request) return refuseForeign(db, runId);
  if (request.state === 'live') throw new CannotRepeat('is still live: wait for its end, or cancel it');
  if (request.state === 'waiting') throw new CannotRepeat('still waits for its lane: it has yet to run');
  return request;
}

async function refuseForeign(db: Db, runId: string): Promise<undefined> {
  const run = await db.selectFrom('run_log').select('run_id').where('run_id', '=', runId).executeTakeFirst();
  if (run) throw new CannotRepeat('was recorded by another program, which alone knows what it did');
}

/** What the new run keeps. One that reads a range reads it again in its lane; others go on from the watermark. */
export function againOf(old: RunRequest, resumeFrom?: string): Again {
  const { run_id, slot, lane, range_from: from, range_until: until, tags } = old;
  const range = from && until ? { from, until } : undefined;
  return { of: run_id, slot: slot ?? undefined, range, lane: range && lane, resumeFrom, tags };
}

/**
 * The task at which a run that failed goes on: the first in today's file that neither it nor the runs which it went on
 * from have done.
 */
export async function taskToResume(db: Db, old: RunRequest, pipeline: Pipeline): Promise<string> {
  if (old.state !== 'ran') throw new CannotRepeat(`never began (${old.state}): replay it`);
  if (old.why === 'SUCCESS') throw new CannotRepeat('has succeeded: there is nothing to go on from');
  const tasks = await tasksOf(db, old.run_id);
  const failed = tasks.find(({ status, own }) => own && status !== 'SUCCESS');
  if (failed && !pipeline.tasks.some(({ name }) => name === failed.name))
    throw new CannotRepeat(`failed in task "${failed.name}", which is no longer in the pipeline file`);
  const done = new Set(tasks.filter(({ status }) => status === 'SUCCESS').map(({ name }) => name));
  const next = pipeline.tasks.find(({ name }) => !done.has(name));
  if (!next) throw new CannotRepeat('failed in none of its tasks: replay it');
  if (done.size === 0 && !failed) throw new CannotRepeat('never began its first task: replay it');
  return next.name;
}

/** How each task ended at last, in the run itself (`own`) or in those that it went on from. */
async function tasksOf(db: Db, runId: string) {
  const { rows } = await sql<{ name: string; status: RunStatus; own: boolean }>`
    with recursive line as (
      select run_id, replay_of, resume_from, 0 as back from run_requests where run_id = ${runId}
      union all
      select earlier.run_id, earlier.replay_of, earlier.resume_from, line.back + 1
        from line join run_requests earlier on earlier.run_id = line.replay_of
       where line.resume_from is not null)
    select name, status, back = 0 as own
      from (select distinct on (name) name, status, back, position
              from line join task_runs using (run_id) order by name, back) last
     order by position`.execute(db);
  return rows;
}
