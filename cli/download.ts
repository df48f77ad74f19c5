/** A whole table as CSV, from the server to stdout as it comes. */
import type { Command } from 'commander';
import { send } from '../lib/boundary.ts';
import { loadConfig } from '../lib/config.ts';
import { redact } from '../lib/logs/redact.ts';
import { serverPlace } from './place.ts';
import { type Shared, write } from './print.ts';
import { refused } from './refused.ts';
import { unreachable } from './unreachable.ts';
import { visibleLines } from './visible.ts';

const SECOND = 1000;
/** The server itself breaks off before. */
const PATIENCE = 70 * SECOND;

type Query = Record<string, string | number | readonly string[] | undefined>;

/** Asks a door for CSV; bytes as they are for a file or another program, made visible for a terminal. */
export async function download(command: Command, path: string, query: Query): Promise<void> {
  const { url } = serverPlace(command.optsWithGlobals<Shared>().url, loadConfig());
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  const response = await send('cli', `${url}${path}?${new URLSearchParams([...given, ['format', 'csv']])}`, {
    headers: { accept: 'text/csv', 'x-kubescribe-client': 'cli' },
    signal: AbortSignal.timeout(PATIENCE),
  }).catch((error: unknown) => {
    throw unreachable(url, PATIENCE, error);
  });
  const isCsv = response.headers.get('content-type')?.startsWith('text/csv') ?? false;
  if (!response.ok || !isCsv || !response.body) throw refused(url, response, await json(response));
  try {
    for await (const chunk of response.body) await write(shown(chunk));
  } catch (error) {
    throw new Error(`${redact(url)} broke off: what was printed is not the whole.`, { cause: error });
  }
}

const shown = (chunk: Uint8Array) =>
  process.stdout.isTTY ? visibleLines(Buffer.from(chunk).toString('utf8')).join('\n') : chunk;

const json = (response: Response): Promise<unknown> => response.json().catch(() => undefined);
