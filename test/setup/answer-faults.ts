/** What of an answer the contract does not promise: its status, its headers, and each member of its body. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { problems } from '../../lib/contract/problems.ts';

type Answers = Record<string, { headers?: Record<string, unknown>; content?: Record<string, unknown> }>;
type Methods = Record<string, { responses: Answers }>;

/** Of any answer, by HTTP itself or by its host. */
const ANY = ['content-type', 'content-length', 'date', 'connection', 'keep-alive', 'transfer-encoding'];
/** Its own test says that it is what lib/contract says. */
const FILE = new URL('../../docs/openapi.json', import.meta.url);
const PROBLEM = 'application/problem+json';

type Answered = { method: string; path: string; response: Response };

/** Nothing when all is as promised; the body is read by a copy. */
export async function answerFaults({ method, path, response }: Answered): Promise<string[]> {
  const template = templateOf(new URL(path, 'http://any').pathname);
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const { document } = contract();
  const operation = template && document.paths[template]?.[verb];
  const text = method === 'HEAD' ? '' : await response.clone().text();
  if (!template || !operation) {
    // Events have doors of their own, at paths that are none of the contract's.
    const taken = template ? [400, 405] : [400, 404, 405];
    return taken.includes(response.status)
      ? problemFaults(response, text, method)
      : ['is not in the contract, and is answered as if it were'];
  }
  const promised = operation.responses[response.status];
  if (!promised) return [`status ${response.status} is not promised: ${text.slice(0, 300)}`];
  const known = [...ANY, ...Object.keys(promised.headers ?? {})];
  const faults = [...response.headers.keys()]
    .filter((name) => !known.includes(name))
    .map((name) => `header ${name} is not promised`);
  if (response.status >= 400) faults.push(...problemFaults(response, text, method));
  const [media] = (response.headers.get('content-type') ?? '').split(';');
  const medias = Object.keys(promised.content ?? {});
  if (medias.length === 0) return text === '' ? faults : [...faults, 'has a body'];
  if (!media || !medias.includes(media)) return [...faults, `is ${media}, not ${medias.join(' or ')}`];
  if (method === 'HEAD' || !/json$/.test(media)) return faults;
  const place = ['paths', template, verb, 'responses', String(response.status), 'content', media, 'schema'];
  const bodies = media === 'application/x-ndjson' ? text.split('\n').filter((line) => line !== '') : [text];
  const ref = `api#/${place.map(escaped).join('/')}`;
  return [...faults, ...bodies.flatMap((body) => bodyFaults(ref, body))];
}

function problemFaults(response: Response, text: string, method: string): string[] {
  if (response.headers.get('content-type') !== PROBLEM) return ['no problem document'];
  if (response.status === 405 && !response.headers.get('allow')) return ['405 without Allow'];
  if (method === 'HEAD') return [];
  const { title, status } = JSON.parse(text);
  const known = Object.entries(problems).find(([name]) => name === title)?.[1];
  return [
    ...bodyFaults('api#/components/schemas/Problem', text),
    ...(known ? [] : [`"${title}" is no problem that lib/contract/problems.ts knows`]),
    ...(known && known.status !== response.status ? [`"${title}" is a ${known.status}`] : []),
    ...(status === response.status ? [] : [`says status ${status}`]),
  ];
}

const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

function bodyFaults(ref: string, text: string): string[] {
  const { ajv, compiled } = contract();
  const fits = compiled.get(ref) ?? ajv.compile({ $ref: ref });
  compiled.set(ref, fits);
  if (fits(JSON.parse(text))) return [];
  return (fits.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`,
  );
}

/** A path that is written out wins over one with a parameter in its place. */
function templateOf(pathname: string): string | undefined {
  const { templates } = contract();
  return templates.find(({ pattern }) => pattern.test(pathname))?.template;
}

let made: ReturnType<typeof read> | undefined;
const contract = () => {
  made ??= read();
  return made;
};

function read() {
  const document: { paths: Record<string, Methods> } = JSON.parse(readFileSync(FILE, 'utf8'));
  close(document);
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true, validateFormats: true }));
  ajv.addSchema(document, 'api');
  const templates = Object.keys(document.paths)
    .sort((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
    .map((template) => ({
      template,
      pattern: new RegExp(`^${template.replaceAll(/\{[a-z_]+\}/g, '[^/]+')}/?$`),
    }));
  return { document, ajv, templates, compiled: new Map<string, ValidateFunction>() };
}

/** Clients let unknown members be; tests do not. */
function close(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  if ('properties' in part && !('additionalProperties' in part) && 'type' in part)
    Object.assign(part, { additionalProperties: false });
  for (const member of Object.values(part)) close(member);
}
