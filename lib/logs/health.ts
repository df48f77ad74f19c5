/** How it goes, said once an hour and whenever that changes. */
import { sql } from 'kysely';
import type { Json } from '../db/tables.ts';
import type { Service } from '../http/service.ts';
import { describeError } from './redact.ts';
import { tellNow } from './tell-now.ts';

const HOUR = 3600;

/** Says how it goes, by what a sweep that sees to everything could not do, and by what waits in RunLog. */
export async function tellHealth({ runlog, logs }: Service, failures: readonly unknown[]): Promise<void> {
  const well = failures.length === 0;
  const error = well ? undefined : describeError(failures[0]).message;
  const { tell, untold } = await tellNow(runlog, 'health', { well }, HOUR);
  if (!tell) return;
  const { rows } = await sql<Json>`
    select (select count(*)::int from run_work) as live_runs,
           (select count(*)::int from run_work where blocked_since is not null) as blocked_runs,
           (select count(*)::int from run_requests where state = 'waiting') as waiting_requests,
           (select count(*)::int from outbox where done_at is null and due_at <= clock() - interval '1 minute')
             as late_events`.execute(runlog);
  const facts = { check: 'sweep', ...(error && { error, failures: failures.length }), ...rows[0], untold };
  logs.logSystem(well ? 'info' : 'error', `Health check ${well ? 'passed' : 'failed'}`, facts);
}
