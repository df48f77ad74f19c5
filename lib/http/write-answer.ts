import type { IncomingMessage, ServerResponse } from 'node:http';
import { textOf } from './answer.ts';

/** Writes a web-standard answer to a reply of node:http; resolves when all is written, or nobody reads any more. */
export async function writeAnswer(
  response: Response,
  { method }: IncomingMessage,
  reply: ServerResponse,
): Promise<void> {
  const text = textOf(response);
  const headers = fieldsOf(response);
  if (typeof text === 'string') headers['content-length'] = String(Buffer.byteLength(text));
  reply.writeHead(response.status, headers);
  if (method === 'HEAD') {
    reply.end();
    if (text === undefined) await response.body?.cancel();
  } else if (text === undefined && response.body) await pump(response.body, reply);
  else reply.end(text);
}

function fieldsOf({ headers }: Response): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.fromEntries(headers);
  if ('set-cookie' in fields) fields['set-cookie'] = headers.getSetCookie();
  return fields;
}

/** Passes a body on as fast as it is read; ends the connection when the body breaks off, or the body when nobody reads. */
async function pump(body: ReadableStream<Uint8Array>, reply: ServerResponse): Promise<void> {
  if (reply.destroyed) return body.cancel();
  const reader = body.getReader();
  // Whoever reads may leave while nothing is being said.
  reply.once('close', () => void reader.cancel().catch(() => {}));
  // And whoever does not read would never learn that it broke off.
  reader.closed.catch(() => reply.destroy());
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (reply.destroyed) return;
    if (!reply.write(next.value)) await drained(reply);
  }
  reply.end();
}

/** Until more may be written, or nobody reads any more. */
function drained(reply: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      reply.off('drain', go).off('close', go);
      resolve();
    };
    reply.on('drain', go).on('close', go);
  });
}
