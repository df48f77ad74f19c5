import { createHash } from 'node:crypto';
import { answer, textOf } from './answer.ts';

/** An answer with its `ETag`, or 304 when `If-None-Match` has that. */
export function unlessKnown(ifNoneMatch: string | undefined, response: Response): Response {
  const digest = createHash('sha256')
    .update(textOf(response) ?? '')
    .digest('base64url')
    .slice(0, 27);
  // Weak: a proxy may pack it.
  const etag = `W/"${digest}"`;
  response.headers.set('etag', etag);
  if (!knows(ifNoneMatch, digest)) return response;
  const headers = [...response.headers].filter(([name]) => !name.startsWith('content-'));
  return answer(null, { status: 304, headers: Object.fromEntries(headers) });
}

const knows = (ifNoneMatch: string | undefined, digest: string) =>
  ifNoneMatch
    ?.split(',')
    .some((tag) => /^(?:W\/)?"(.*)"$/.exec(tag.trim())?.[1] === digest || tag.trim() === '*');
