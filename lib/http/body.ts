import { badRequest, HttpProblem } from './problem.ts';

/** Bodies above this are refused. */
export const BODY_LIMIT = 1024 * 1024;

const DEEPEST = 64;

const tooLarge = () =>
  new HttpProblem({
    status: 413,
    title: 'Body too large',
    detail: `The body may have ${BODY_LIMIT} bytes at most.`,
  });

/** The whole body as text, refused as soon as it passes the limit. */
export const readText = async (request: Request): Promise<string> =>
  (await readBytes(request)).toString('utf8');

/** The same as the bytes that came. */
export async function readBytes(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_LIMIT) throw tooLarge();
  if (!request.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
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
  const value = parse(text);
  const strange = strangeness(value, 0);
  if (strange) throw badRequest(`The body holds ${strange}.`);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `The body is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}.`,
    );
  }
}

/** What JSON may hold and no database would keep. */
function strangeness(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'a NUL character, which no text may';
    return value.isWellFormed() ? undefined : 'half of a surrogate pair, which is no character';
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= DEEPEST) return `more than ${DEEPEST} levels, one in another`;
  for (const [name, member] of Object.entries(value)) {
    const strange = strangeness(name, depth) ?? strangeness(member, depth + 1);
    if (strange) return strange;
  }
  return undefined;
}
