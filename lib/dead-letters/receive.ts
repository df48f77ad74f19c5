import { PoisonEvent } from '../events/receive.ts';
import { BODY_LIMIT, readText } from '../http/body.ts';
import { HttpProblem } from '../http/problem.ts';
import type { DeadLetter } from './keep.ts';

/** Reads attributes leniently: whatever made the event die must not keep it from being filed. */
export async function readLetter(request: Request): Promise<DeadLetter> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = value;
  }
  if (!attributes.id || !attributes.source || !attributes.type) {
    throw new PoisonEvent('Events come in binary mode, with ce- headers.');
  }
  const media = request.headers.get('content-type');
  if (media) attributes.datacontenttype = media;
  try {
    return { attributes, body: await readText(request) };
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    const lost = `not kept: more than ${BODY_LIMIT} bytes`;
    return { attributes, body: lost, lost };
  }
}
