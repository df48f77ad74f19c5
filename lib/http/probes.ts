import { sql } from 'kysely';
import { describeError } from '../logs/redact.ts';
import { answer, answerJson } from './answer.ts';
import type { Route } from './router.ts';
import type { Service } from './service.ts';

const TEXT = { 'content-type': 'text/plain' };

const ok = () => answer('ok\n', { headers: TEXT });

/** `/livez`: the process lives. `/readyz`: it takes work; `?verbose` also asks RunLog, which a probe should not. */
export function probes(service: Service): Route[] {
  return [
    { method: 'GET', path: '/livez', handle: async () => ok() },
    { method: 'GET', path: '/healthz', handle: async () => ok() },
    { method: 'GET', path: '/readyz', handle: (request) => ready(request, service) },
  ];
}

async function ready(request: Request, service: Service): Promise<Response> {
  const stopping = service.draining.aborted;
  if (!new URL(request.url).searchParams.has('verbose')) {
    return stopping ? answer('stopping\n', { status: 503, headers: TEXT }) : ok();
  }
  const runlog = await sql`select from run_log limit 1`.execute(service.runlog).then(
    () => 'ok',
    (error: unknown) => describeError(error).message,
  );
  const well = !stopping && runlog === 'ok';
  return answerJson({ ready: well, stopping, runlog }, { status: well ? 200 : 503 });
}
