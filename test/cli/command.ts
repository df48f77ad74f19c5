import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect, createServer as createListener } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs the real program with only the given environment; its data folder is empty unless it is named. */
export async function kubescribe(
  args: string[],
  { env = {}, cwd = ROOT, input = '' }: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, 'cli/kubescribe.ts'), ...args], {
    cwd,
    env: { PATH: process.env.PATH, KUBESCRIBE_HOME: folder(), ...env },
  });
  const ended = { stdout: '', stderr: '' };
  child.stdin.on('error', () => {}).end(input);
  child.stdout.on('data', (chunk) => {
    ended.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    ended.stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...ended };
}

/** An empty folder of the test's own. */
export function folder(files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'kubescribe-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

export type Asked = { method: string; url: string; headers: IncomingHttpHeaders; body: string };
type Reply = { status?: number; headers?: Record<string, string>; json?: unknown; text?: string };

/** A real HTTP server that answers each request, counted from 0, by a script; returns where it is and what it was asked. */
export async function serve(
  script: (request: Asked, nth: number) => Reply,
): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (message, reply) => {
    let body = '';
    for await (const chunk of message) body += chunk;
    const request = { method: message.method ?? '', url: message.url ?? '', headers: message.headers, body };
    asked.push(request);
    const { status = 200, headers = {}, json, text } = script(request, asked.length - 1);
    const type = status >= 400 ? 'application/problem+json' : 'application/json';
    reply.writeHead(status, { ...(json !== undefined && { 'content-type': type }), ...headers });
    reply.end(json === undefined ? text : JSON.stringify(json));
  });
  // Whoever stands still for a while finds his connection as it was.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

/** An address at which nothing answers, and nobody else comes to listen: the own end of a connection. */
export async function nowhere(): Promise<string> {
  const server = createListener();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const connection = connect(address.port, '127.0.0.1');
  onTestFinished(() => {
    connection.destroy();
    server.close();
  });
  await once(connection, 'connect');
  return `127.0.0.1:${connection.localPort}`;
}
