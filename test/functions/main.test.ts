import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { operations } from '../../lib/contract/all.ts';
import { test as base } from '../setup/fixtures.ts';
import { held } from '../setup/promised.ts';
import { until } from '../setup/until.ts';
import { type Program, runMain } from './main-program.ts';

const test = base.extend('main', async ({ ends: _ }, { onCleanup }) => {
  const programs: Program[] = [];
  onCleanup(async () => {
    for (const program of programs) {
      program.process.kill('SIGKILL');
      await program.ended;
    }
  });
  return (env: Record<string, string>): Program => {
    const program = runMain({ PORT: '0', ...env });
    programs.push(program);
    return program;
  };
});

/** The functions of the host `api`. */
const READING = [
  ...[
    'list-runs',
    'get-run',
    'diff-runs',
    'calendar',
    'pipelines',
    'audit',
    'api-docs',
    'reports',
    'operations',
    'logs',
    'metrics',
  ],
];
/** What functions show that also write. */
const ELSEWHERE = /^\/(backfills|dead-letters|retention|tables)|\/(schedule|pauses)$|\/stream\//;
const NO_RUN = '00000000-0000-4000-8000-000000000000';
const NOWHERE = 'postgres://nobody:hunter2@127.0.0.1:1/none';

describe('the program of the image', { timeout: 60_000 }, () => {
  test('hosts each function that FUNCTION_TARGET lists, and the probes', async ({ main, runlog }) => {
    const url = await main({ FUNCTION_TARGET: 'list-runs, get-run', RUNLOG_DB_URL: runlog }).url;
    const status = async (path: string) => (await fetch(url + path)).status;

    expect(await status('/runs')).toBe(200);
    expect(await status('/runs/00000000-0000-4000-8000-000000000000')).toBe(404);
    expect(await status('/livez')).toBe(200);
    expect(await status('/healthz')).toBe(200);
    expect(await status('/readyz')).toBe(200);
    expect(await (await fetch(`${url}/readyz?verbose`)).json()).toEqual({
      ready: true,
      stopping: false,
      runlog: 'ok',
    });
  });

  test('hosts all that only read at once, and each path is answered by its function', async ({
    main,
    runlog,
    report,
  }) => {
    const databases = { RUNLOG_DB_URL: runlog, REPORT_DB_URL: report };
    const url = await main({ FUNCTION_TARGET: READING.join(), ...databases }).url;
    const paths = operations
      .filter(({ method, path }) => method === 'GET' && !ELSEWHERE.test(path) && path !== '/passport')
      .map(({ path }) => path.replace(':name', 'nobody').replaceAll(/:[a-z_]+/g, NO_RUN));

    const ask = held((path) => fetch(url + path));

    expect(paths.length).toBeGreaterThan(8);
    // One after the other: the host has few connections, and gives up on one after 5 s.
    for (const path of paths) {
      const answer = await ask(path);
      const text = await answer.text();
      expect([200, 404], `${path}: ${text}`).toContain(answer.status);
      expect(text, path).not.toContain(`Nothing is served at ${path}`);
    }
    const wish = await fetch(`${url}/runs/cancel`, { method: 'POST' });
    expect([wish.status, wish.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('SIGTERM: a request under way is answered whole, then it exits 0', async ({ main, runlog }) => {
    const program = main({ FUNCTION_TARGET: 'trigger', RUNLOG_DB_URL: runlog });
    const url = await program.url;
    const headers = { 'content-type': 'application/json', expect: '100-continue' };
    const asking = request(`${url}/runs/trigger`, { method: 'POST', headers });
    const answered = once(asking, 'response');
    // It is under way for as long as its body is: nothing that the program waits for has a limit of its own.
    asking.flushHeaders();
    await once(asking, 'continue');

    program.process.kill('SIGTERM');
    await until(() =>
      fetch(url).then(
        () => false,
        () => true,
      ),
    );
    asking.end('{}');

    const [response] = await answered;
    expect(response.statusCode).toBe(202);
    expect(await json(response)).toMatchObject({ status: 'STARTED', request: { state: 'live' } });
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('SIGTERM at rest: it exits 0 at once, kept connections notwithstanding', async ({ main, runlog }) => {
    const program = main({ FUNCTION_TARGET: 'list-runs', RUNLOG_DB_URL: runlog });
    await (await fetch(`${await program.url}/runs`)).text();

    program.process.kill('SIGTERM');

    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a setting that cannot be', { timeout: 60_000 }, () => {
  test.for([
    ['no function', {}, /^FUNCTION_TARGET is not set/],
    [
      'an unknown function',
      { FUNCTION_TARGET: 'nothing' },
      /^FUNCTION_TARGET: there is no functions\/nothing\.ts/,
    ],
    ['a path', { FUNCTION_TARGET: '../main' }, /^FUNCTION_TARGET: "\.\.\/main" is no function's name/],
    ['a port that is none', { FUNCTION_TARGET: 'list-runs', PORT: '80a' }, /^Wrong settings: PORT /],
    [
      'a URL that is none',
      { FUNCTION_TARGET: 'list-runs', RUNLOG_DB_URL: 'hunter2' },
      /^Wrong settings: RUNLOG_DB_URL /,
    ],
    ['no RunLog', { FUNCTION_TARGET: 'list-runs', RUNLOG_DB_URL: '' }, /^RUNLOG_DB_URL is not set/],
    [
      'two functions at one door',
      { FUNCTION_TARGET: 'trigger,sweep' },
      /^FUNCTION_TARGET: .*trigger and sweep.* POST \//,
    ],
  ] as const)('%s is one line on stderr and exit code 1', async ([, env, says], { main }) => {
    const { code, stderr, stdout } = await main({ RUNLOG_DB_URL: NOWHERE, ...env }).ended;

    expect(stderr).toMatch(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr + stdout).not.toContain('hunter2');
    expect(code).toBe(1);
  });

  test('a taken port is named with its variable', async ({ main }) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    const { port } = taken.address() as AddressInfo;

    const { code, stderr } = await main({
      FUNCTION_TARGET: 'list-runs',
      RUNLOG_DB_URL: NOWHERE,
      PORT: `${port}`,
    }).ended;
    taken.close();

    expect(stderr).toBe(`PORT: ${port} is taken by another program; choose another.\n`);
    expect(code).toBe(1);
  });
});

test('RunLog away: not ready when asked to look, alive all the same', async ({ main }) => {
  const url = await main({ FUNCTION_TARGET: 'list-runs', RUNLOG_DB_URL: NOWHERE }).url;

  const verbose = await fetch(`${url}/readyz?verbose`);

  expect(verbose.status).toBe(503);
  expect(await verbose.text()).not.toContain('hunter2');
  expect((await fetch(`${url}/livez`)).status).toBe(200);
});
