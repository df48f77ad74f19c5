import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { test as base } from '../setup/fixtures.ts';
import { tick } from './doors.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FRAMEWORK = `${ROOT}node_modules/.bin/functions-framework`;
const PAGES = 'text/html; charset=utf-8';

/** The framework itself takes no port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A function under functions-framework, as `npx functions-framework --target=NAME` runs it. */
const test = base.extend('framework', async ({ runlog, report, ends: _ }, { onCleanup }) => {
  const children: { process: ChildProcess; closed: Promise<unknown> }[] = [];
  onCleanup(async () => {
    for (const child of children) {
      child.process.kill('SIGKILL');
      await child.closed;
    }
  });
  /** Where it listens; undefined when somebody else took the port before it could. */
  async function start(name: string, port: number): Promise<string | undefined> {
    const databases = { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report };
    const env = { PATH: process.env.PATH, ...databases, LOG_LEVEL: 'silent', HOST: '127.0.0.1' };
    const child = spawn(FRAMEWORK, [`--target=${name}`, `--port=${port}`], { cwd: ROOT, env });
    const closed = once(child, 'close');
    children.push({ process: child, closed });
    let said = '';
    const listens = new Promise<boolean>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          if (/URL: http/.test(said)) resolve(true);
        });
      }
    });
    if (await Promise.race([listens, closed.then(() => false)])) return `http://127.0.0.1:${port}`;
    if (/EADDRINUSE/.test(said)) return undefined;
    throw new Error(`functions-framework ended: ${said}`);
  }
  return async (name: string): Promise<string> => {
    for (;;) {
      const url = await start(name, await freePort());
      if (url) return url;
    }
  };
});

type Request = { path: string; init?: RequestInit };

const get = (path: string): Request => ({ path });
const post = (type: string, data: object, more: Record<string, string> = {}): Request => ({
  path: '/',
  init: { method: 'POST', headers: tick({ 'ce-type': type, ...more }), body: JSON.stringify(data) },
});
const run_id = '7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8aa';
const PING = 'dev.knative.sources.ping';

const happy: Record<string, [Request, number, string | null]> = {
  'api-docs': [get('/openapi.json'), 200, 'application/json'],
  audit: [get('/audit'), 200, 'application/json'],
  backfills: [get('/backfills'), 200, 'application/json'],
  calendar: [get('/pipelines/nobody/calendar'), 404, 'application/problem+json'],
  console: [get('/'), 200, PAGES],
  'control-runs': [
    { path: `/runs/${run_id}/cancel`, init: { method: 'POST' } },
    404,
    'application/problem+json',
  ],
  'dead-letters': [get('/dead-letters'), 200, 'application/json'],
  operations: [get('/api/v1/operations'), 200, 'application/json'],
  pipelines: [get('/pipelines'), 200, 'application/json'],
  'diff-runs': [get(`/runs/${run_id}/diff/last-success`), 404, 'application/problem+json'],
  'get-run': [get(`/runs/${run_id}`), 404, 'application/problem+json'],
  logs: [get('/api/v1/logs/system'), 200, 'application/json'],
  'list-runs': [get('/runs?limit=5'), 200, 'application/json'],
  metrics: [get('/metrics'), 200, 'text/plain; version=0.0.4; charset=utf-8'],
  notify: [post('dev.kubescribe.notification.due', { notification: 1 }), 204, null],
  'replay-dead-letters': [
    { path: '/dead-letters/7/replay', init: { method: 'POST' } },
    400,
    'application/problem+json',
  ],
  reports: [get('/reports'), 200, 'application/json'],
  retention: [get('/retention'), 200, 'application/json'],
  'run-pipeline': [post('dev.kubescribe.run.requested', { run_id, pipeline: 'p', checkpoint: 0 }), 204, null],
  schedules: [get('/pipelines/nobody/schedule'), 404, 'application/problem+json'],
  'stream-logs': [get('/api/v1/logs/stream/status'), 200, 'application/json'],
  sweep: [post(PING, {}, { 'ce-tick': 'minute' }), 204, null],
  upkeep: [post(PING, {}, { 'ce-tick': 'daily' }), 204, null],
  'write-logs': [
    {
      path: '/api/v1/logs',
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: '{"message":"hello"}',
      },
    },
    200,
    'application/json',
  ],
  trigger: [
    {
      path: '/runs/trigger',
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"pipeline":"market-bars"}',
      },
    },
    202,
    'application/json',
  ],
};

const names = readdirSync(`${ROOT}functions`)
  .map((file) => file.replace('.ts', ''))
  .filter((name) => name !== 'api');
const pairs = names.flatMap((_, i) => (i % 2 === 0 ? [names.slice(i, i + 2)] : [])).map((pair) => ({ pair }));

describe('under functions-framework', { timeout: 60_000 }, () => {
  test.for(pairs)('$pair answer as they do in our own host', async ({ pair }, { framework }) => {
    await Promise.all(
      pair.map(async (name) => {
        const expected = happy[name];
        if (!expected) throw new Error(`functions/${name}.ts has no request in this test`);
        const [{ path, init }, status, type] = expected;

        const response = await fetch((await framework(name)) + path, init);

        expect([name, response.status, response.headers.get('content-type')]).toEqual([name, status, type]);
        expect(response.headers.get('x-request-id')).toBeTruthy();
      }),
    );
  });
});
