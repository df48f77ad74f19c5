import { randomUUID } from 'node:crypto';
import { isAway, isRefused } from '../db/sqlstate.ts';
import { HttpProblem, type Problem, problemResponse } from './problem.ts';
import { type Service, withLog } from './service.ts';

export type Handler = (request: Request) => Promise<Response>;

export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** A path whose segments may be `:name`. */
  path: string;
  handle(request: Request, params: Record<string, string>, service: Service): Promise<Response>;
};

/** What a file in functions/ exports. */
export type FunctionModule = {
  routes: Route[];
  /** What a Job's pod does, which KUBESCRIBE_JOB tells its work. */
  job?(service: Service): Promise<void>;
};

/** Of a path that is told back. */
const LONGEST_PATH = 100;

type Compiled = Route & { pattern: RegExp };

const compile = (route: Route): Compiled => ({
  ...route,
  pattern: new RegExp(`^${route.path.replaceAll(/:([a-z_]+)/g, '(?<$1>[^/]+)')}/?$`),
});

/** Whether one of the routes takes a path, whatever the method. */
export function takesPath(routes: readonly Route[], pathname: string): boolean {
  return routes.some((route) => compile(route).pattern.test(pathname));
}

/** Answers requests by the first route that fits; every failure becomes a problem document. */
export function router(routes: readonly Route[], service: Service): Handler {
  const compiled = routes.map(compile);

  return async (request) => {
    const requestId = request.headers.get('x-request-id')?.slice(0, 128) || randomUUID();
    const answering = answer(request, requestId);
    // A host that stops keeps RunLog open until this is answered.
    service.inFlight(answering);
    const response = await answering;
    response.headers.set('x-request-id', requestId);
    if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
    return response;
  };

  /** A path that is written out wins over one with a parameter in its place. */
  function routesAt(pathname: string): Compiled[] {
    const all = compiled.filter((route) => route.pattern.test(pathname));
    const literal = all.filter((route) => !route.path.includes(':'));
    return literal.length > 0 ? literal : all;
  }

  async function answer(request: Request, requestId: string): Promise<Response> {
    try {
      const { pathname } = new URL(request.url);
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const onPath = routesAt(pathname);
      const route = onPath.find((candidate) => candidate.method === method);
      if (route) {
        const { groups } = route.pattern.exec(pathname)!;
        return await route.handle(
          request,
          decode(groups ?? {}),
          withLog(service, { requestId, ...traceOf(request) }),
        );
      }
      if (onPath.length === 0) {
        throw new HttpProblem({
          status: 404,
          title: 'Not found',
          detail: `Nothing is served at ${pathname.slice(0, LONGEST_PATH)}.`,
        });
      }
      const allow = [...new Set(onPath.map((candidate) => candidate.method))].join(', ');
      throw new HttpProblem({
        status: 405,
        title: 'Method not allowed',
        detail: `${pathname.slice(0, LONGEST_PATH)} takes ${allow}, not ${request.method}.`,
        headers: { allow },
      });
    } catch (error) {
      return problemResponse(problemOf(error, service, requestId), requestId);
    }
  }
}

/** The trace that a caller's `traceparent` belongs to. */
function traceOf(request: Request): { trace?: string } {
  const trace = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(request.headers.get('traceparent') ?? '')?.[1];
  return trace ? { trace } : {};
}

function decode(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    throw new HttpProblem({ status: 400, title: 'Bad request', detail: 'The path holds a broken %-escape.' });
  }
}

/** What is told outside stays general; the log has the whole. */
function problemOf(error: unknown, service: Service, requestId: string): Problem {
  if (error instanceof HttpProblem) return error.problem;
  service.log.error({ error, requestId }, 'request failed');
  if (isAway(error) || isRefused(error)) {
    return {
      status: 503,
      title: 'Database unavailable',
      detail: 'A database that this answer needs cannot be reached. Try again shortly.',
      headers: { 'retry-after': '5' },
    };
  }
  return {
    status: 500,
    title: 'Internal error',
    detail: 'This is our fault; the log has it under the request id.',
  };
}
