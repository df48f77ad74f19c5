import { readBytes } from './body.ts';
import { HttpProblem } from './problem.ts';

const TAKEN = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
]);
const LINE_FEED = 10;

/** A body of JSON lines, as bytes: whether they are UTF-8 is for each line to show. */
export async function readLineBytes(request: Request, mostLines: number): Promise<Uint8Array> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (!TAKEN.has(type)) {
    throw new HttpProblem({
      status: 415,
      title: 'Unsupported media type',
      detail: `Send a JSON object a line with content-type application/x-ndjson, not ${type || 'without a content-type'}.`,
      headers: { accept: 'application/x-ndjson' },
    });
  }
  const bytes = await readBytes(request);
  const lines = bytes.reduce((count, byte) => count + (byte === LINE_FEED ? 1 : 0), 0);
  if (lines > mostLines) {
    throw new HttpProblem({
      status: 413,
      title: 'Body too large',
      detail: `A request may have ${mostLines} lines at most, and this one has ${lines}: send it in parts.`,
    });
  }
  return bytes;
}
