import { schemaMissing } from '../db/schema-version.ts';
import { answer, answerJson } from './answer.ts';
import type { Route } from './router.ts';
import type { Service } from './service.ts';

const TEXT = { 'content-type': 'text/plain' };

const ok = () => answer('ok\n', { headers: TEXT });

/**
 * `/livez`: the process lives. `/readyz`: it takes work, which it does once RunLog's schema is there; from then on RunLog
 * is not asked again, so that its absence stops no host. `?verbose` asks it each time.
 */
export function probes(service: Service): Route[] {
  let began = false;
  let trouble: string | undefined;

  /** The log has when it could not work, and when it could again; that it can at all is no news. */
  function tell(missing: string | undefined): void {
    if (missing === trouble) return;
    trouble = missing;
    const [level, message] = missing ? (['error', 'failed'] as const) : (['info', 'passed'] as const);
    service.logs.logSystem(level, `Health check ${message}`, { check: 'readyz', error: missing });
  }

  async function ready(request: Request): Promise<Response> {
    const stopping = service.draining.aborted;
    const verbose = new URL(request.url).searchParams.has('verbose');
    const missing = began && !verbose ? undefined : await schemaMissing(service.runlog);
    began ||= missing === undefined;
    tell(missing);
    const well = !stopping && missing === undefined;
    const status = well ? 200 : 503;
    if (verbose) return answerJson({ ready: well, stopping, runlog: missing ?? 'ok' }, { status });
    return well ? ok() : answer(`${stopping ? 'stopping' : missing}\n`, { status, headers: TEXT });
  }

  return [
    { method: 'GET', path: '/livez', handle: async () => ok() },
    { method: 'GET', path: '/healthz', handle: async () => ok() },
    { method: 'GET', path: '/readyz', handle: ready },
  ];
}
