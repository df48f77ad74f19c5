/** Lines of the log from the server as a download: of any number, read as they come. */

import { send } from '../lib/boundary.ts';
import { LogLine } from '../lib/contract/log-line.ts';
import { redact } from '../lib/logs/redact.ts';
import { refused } from './refused.ts';
import { unreachable } from './unreachable.ts';

const SECOND = 1000;
/** Until the first line; a function may have to start first. */
const PATIENCE = 30 * SECOND;

/** The lines that fit a query. */
export async function* loadLines(url: string, query: Record<string, string>): AsyncGenerator<LogLine> {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(new DOMException('late', 'TimeoutError')), PATIENCE);
  const response = await send('cli', `${url}/api/v1/logs/download?${new URLSearchParams(query)}`, {
    headers: { accept: 'application/x-ndjson', 'x-kubescribe-client': 'cli' },
    signal: cut.signal,
  })
    .catch((error: unknown) => {
      throw unreachable(url, PATIENCE, error);
    })
    .finally(() => clearTimeout(timer));
  const isNdjson = response.headers.get('content-type')?.startsWith('application/x-ndjson') ?? false;
  if (!response.ok || !isNdjson || !response.body)
    throw refused(url, response, await response.json().catch(() => undefined));
  let rest = '';
  try {
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield LogLine.parse(JSON.parse(line));
    }
  } catch (error) {
    throw new Error(`${redact(url)} broke off: what was printed is not the whole.`, { cause: error });
  }
}
