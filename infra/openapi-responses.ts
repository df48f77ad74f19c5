/** The answers of an operation for the OpenAPI document, with those that every door may give. */
import type { AnswerHeader } from '../lib/contract/answer-headers.ts';
import type { Operation } from '../lib/contract/operation.ts';
import { Problem } from '../lib/contract/problem.ts';

type Promised = Operation['answers'][number];

export function responsesOf(operation: Operation) {
  const answers: Operation['answers'] = { ...commonTo(operation), ...operation.answers };
  return Object.fromEntries(
    Object.entries(answers).map(([status, told]) => [status, response(+status, told)]),
  );
}

function commonTo({ segments, query, headers, body, lines }: Operation): Record<number, Promised> {
  const readable = { 400: { says: 'The request is not as described here; `errors` names each fault.' } };
  const withBody = {
    413: { says: 'The body has more than 1 MiB.' },
    415: { says: `The body is not marked as JSON${lines ? ' lines' : ''}.`, headers: ['accept'] },
  } as const;
  return {
    ...((segments ?? query ?? headers ?? body) && readable),
    ...((body ?? lines) && withBody),
    500: { says: 'A fault of ours; the log has it under `instance`.' },
    503: { says: 'A database cannot be reached, or the server is stopping.', headers: ['retry-after'] },
  };
}

function response(status: number, { says, body, media, orMedia, headers = [] }: Promised) {
  const all: AnswerHeader[] = ['cache-control', 'x-request-id', ...headers];
  return {
    description: says,
    headers: Object.fromEntries(all.sort().map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    ...withMedia(orMedia, contentOf(status, body, media)),
  };
}

const withMedia = (media: Promised['orMedia'], { content }: { content?: object }) =>
  media ? { content: { ...content, [media]: { schema: { type: 'string' } } } } : content ? { content } : {};

function contentOf(status: number, body: Promised['body'], media: Promised['media']) {
  if (status >= 400) return { content: { 'application/problem+json': { schema: body ?? Problem } } };
  if (body) return { content: { [media ?? 'application/json']: { schema: body } } };
  return media ? { content: { [media]: { schema: { type: 'string' } } } } : {};
}
