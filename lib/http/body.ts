import { badRequest, HttpProblem } from './problem.ts';

/** Bodies above this are refused. */
export const BODY_LIMIT = 1024 * 1024;

const tooLarge = () =>
  new HttpProblem({
    status: 413,
    title: 'Body too large',
    detail: `The body may have ${BODY_LIMIT} bytes at most.`,
  });

/** The whole body as text, refused as soon as it passes the limit. */
export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_LIMIT) throw tooLarge();
  if (!request.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A JSON body; undefined when there is none. */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text === '') return undefined;
  const type = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/json' && !type.endsWith('+json')) {
    throw new HttpProblem({
      status: 415,
      title: 'Unsupported media type',
      detail: `Send JSON with content-type application/json, not ${type || 'without a content-type'}.`,
      headers: { accept: 'application/json' },
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `The body is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}.`,
    );
  }
}
