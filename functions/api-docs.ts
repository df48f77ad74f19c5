/** Shows the contract of the HTTP API: `GET /openapi.json`, `GET /docs` for people, `GET /problems/{name}`. */
import { apiDocument } from '../console/api-document.ts';
import { apiPage } from '../console/api-page.ts';
import { problemsPage } from '../console/problems-page.ts';
import { getApiPage, getOpenApi, getProblem, listProblems } from '../lib/contract/api-docs.ts';
import { answer } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';

async function tellDocument({ headers }: Asked<typeof getOpenApi>): Promise<Response> {
  const { text, etag } = await apiDocument();
  const response = answer(text, { headers: { 'content-type': 'application/json', etag, ...KEPT } });
  return unlessKnown(headers['if-none-match'], response);
}

async function showPage({ request, headers }: Asked<typeof getApiPage>, service: Service): Promise<Response> {
  const page = await apiPage(new URL(request.url).origin, isLocal(service));
  return unlessKnown(headers['if-none-match'], page);
}

async function showProblems(_asked: unknown, service: Service): Promise<Response> {
  return problemsPage(isLocal(service)) ?? notThere('');
}

async function showProblem({ path }: Asked<typeof getProblem>, service: Service): Promise<Response> {
  return problemsPage(isLocal(service), path.name) ?? notThere(path.name);
}

function notThere(name: string): never {
  throw notFound(`No problem is called "${name.slice(0, 80)}": /problems lists them.`);
}

/** Asked about each time, and sent only when it changed. */
const KEPT = { 'cache-control': 'no-cache' };

function unlessKnown(tags: string | undefined, response: Response): Response {
  const etag = response.headers.get('etag') ?? '';
  const known = tags?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known?.some((tag) => tag === etag || tag === '*')
    ? answer(null, { status: 304, headers: { etag, ...KEPT } })
    : response;
}

const isLocal = (service: Service) => service.config.source !== 'k8s';

export default {
  routes: [
    door(getOpenApi, tellDocument),
    door(getApiPage, showPage),
    door(listProblems, showProblems),
    door(getProblem, showProblem),
  ],
} satisfies FunctionModule;
