import { problemResponse } from '../../lib/http/problem.ts';
import type { ServiceManifest } from '../manifests/manifest.ts';

type Handler = (request: Request) => Promise<Response>;

/** A function as it is hosted: what answers, and which paths of the common port are its own. */
export type Hosted = { handler: Handler; paths(pathname: string, method: string): boolean };

/** A Knative Service that runs here. */
export type RunningService = ServiceManifest & Hosted & { url: string };

/** Answers paths beside the functions; undefined for those that are not its own. */
export type ExtraRoutes = (request: Request) => Promise<Response> | undefined;

const SERVICES = '/services/';
const BROKER = '/broker/';
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** One port for all: Brokers, every Service below its name, the event tap, and the public Services' own paths. */
export function gateway(parts: {
  services: RunningService[];
  broker(request: Request, path: string): Promise<Response>;
  events: Handler;
  extraRoutes?: ExtraRoutes | undefined;
}): Handler {
  const { services, broker, events, extraRoutes } = parts;
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(BROKER)) return broker(request, pathname.slice(BROKER.length - 1));
    if (pathname === '/events') return events(request);
    if (pathname.startsWith(SERVICES)) {
      const [name = '', ...path] = pathname.slice(SERVICES.length).split('/');
      const service = services.find((one) => one.name === name);
      return service
        ? service.handler(moved(request, `/${path.join('/')}`))
        : notFound(`No Service ${name} runs here.`);
    }
    const extra = extraRoutes?.(request);
    if (extra) return extra;
    const open = services.filter((service) => service.public);
    // A path that some function has for other methods goes to that function, whose 405 names them.
    const service =
      open.find((one) => one.paths(pathname, request.method)) ??
      open.find((one) => METHODS.some((method) => one.paths(pathname, method)));
    return service
      ? service.handler(moved(request, pathname))
      : notFound(`Nothing is served at ${pathname}.`);
  };
}

function moved(request: Request, path: string): Request {
  const url = new URL(request.url);
  url.pathname = path;
  return new Request(url, request);
}

function notFound(detail: string): Response {
  return problemResponse({ status: 404, title: 'Not found', detail });
}
