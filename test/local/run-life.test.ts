/** Stops, kills and starts of `make run`, and what of its work they leave. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { test as base, expect, vi } from 'vitest';
import * as z from 'zod';
import steps from './pipelines/steps.ts';
import { wholeHome } from './whole.ts';

const SECOND = 1000;
/** As promised; it holds on a busy machine too. */
const STOPS_WITHIN = 10 * SECOND;
const PATIENCE = { timeout: 90 * SECOND };
const SLOW = { KUBESCRIBE_PIPELINES: join(import.meta.dirname, 'pipelines') };
const STEPS = 30;

const test = base.extend('folder', ({ onTestFinished }) => {
  const folder = wholeHome();
  onTestFinished(folder.end);
  return folder;
});

const LIB = new URL('../../lib/', import.meta.url).href;
const REFUSING = `
  import * as z from '${import.meta.resolve('zod')}';
  import { pipeline } from '${LIB}pipeline/define.ts';
  import { Refusal, task } from '${LIB}pipeline/task.ts';
  const refuse = task('refuse', async function* () {
    throw new Refusal('NO_SOURCE', 'the source is gone');
  });
  export default pipeline('refuse', { params: z.strictObject({}), tasks: [refuse] });
`;

const Run = z.looseObject({ run_id: z.string(), status: z.string().nullable() });

test(
  'SIGTERM in the middle of a run: it stops in time, with its PostgreSQL, and the next start goes on',
  PATIENCE,
  async ({ folder }) => {
    const first = await folder.start(['--no-demo'], SLOW);
    // Far from its end whenever it is looked at, and soon over at the next start.
    const { run_id } = await ask(first.url, { steps: STEPS, pause: SECOND });
    await vi.waitUntil(async () => (await stepsOf(first.databases.report)).length > 1, PATIENCE);
    const postgres = postmaster(folder.home);

    const asked = performance.now();
    const code = await first.program.stop();
    const took = performance.now() - asked;
    const left = isAlive(postgres);
    const second = await folder.start(['--no-demo'], { ...SLOW, STEPS_PAUSE: '0' });
    const before = (await stepsOf(second.databases.report)).length;
    const run = await ended(second.url, run_id);

    expect({ code, left }).toEqual({ code: 0, left: false });
    expect(took).toBeLessThan(STOPS_WITHIN);
    expect(before).toBeLessThan(STEPS);
    expect(run).toMatchObject({ status: 'SUCCESS', meta: { written: STEPS, attempts: 1 } });
    expect(await stepsOf(second.databases.report)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
  },
);

test(
  'after kill -9, PostgreSQL left behind, a start works and has what was there',
  PATIENCE,
  async ({ folder }) => {
    const first = await folder.start(['--no-demo'], SLOW);
    const { run_id } = await ask(first.url, { steps: 2 });
    await ended(first.url, run_id);
    const orphan = postmaster(folder.home);

    await first.program.kill(false);
    const outlived = isAlive(orphan);
    const second = await folder.start(['--no-demo'], SLOW);
    const run = await ended(second.url, run_id);

    expect(outlived).toBe(true);
    expect(run.status).toBe('SUCCESS');
    expect(await stepsOf(second.databases.report)).toEqual([1, 2]);
    expect(second.program.lines.join('\n')).toContain(`Stopped PostgreSQL (process ${orphan})`);
  },
);

test(
  '--once runs each pipeline once, tells how it ended, and exits 0; --fresh forgets what was',
  PATIENCE,
  async ({ folder }) => {
    const twice = [folder.launch(['--once', '--no-demo'], SLOW)];
    const codes = [await twice[0]?.ended];
    twice.push(folder.launch(['--once', '--fresh', '--no-demo'], SLOW));
    codes.push(await twice[1]?.ended);
    const { databases } = await folder.start(['--no-demo'], SLOW);

    expect(codes).toEqual([0, 0]);
    for (const { lines } of twice) {
      expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({
        event: 'run',
        component: steps.name,
        status: 'SUCCESS',
        meta: { written: 3 },
      });
    }
    expect(await stepsOf(databases.report)).toEqual([1, 2, 3]);
  },
);

test('--once exits 1 when a pipeline fails', PATIENCE, async ({ folder }) => {
  writeFileSync(join(folder.home, 'refuse.ts'), REFUSING);
  const once = folder.launch(['--once', '--no-demo'], { KUBESCRIBE_PIPELINES: folder.home });

  expect(await once.ended).toBe(1);
  expect(JSON.parse(once.lines.at(-1) ?? '{}')).toMatchObject({ status: 'ERROR', error_code: 'NO_SOURCE' });
});

async function ask(url: string, params: object) {
  const response = await fetch(`${url}/runs/trigger`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pipeline: steps.name, params }),
  });
  return Run.parse(await response.json());
}

function ended(url: string, id: string) {
  return vi.waitUntil(
    async () => {
      const run = Run.parse(await (await fetch(`${url}/runs/${id}`)).json());
      return run.status !== null && run.status !== 'STARTED' ? run : undefined;
    },
    { timeout: 60 * SECOND, interval: 100 },
  );
}

async function stepsOf(report: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: report });
  await client.connect();
  try {
    const { rows } = await client.query<{ present: boolean }>(
      "select to_regclass('kubescribe.steps') is not null as present",
    );
    if (!rows[0]?.present) return [];
    const steps = await client.query<{ step: number }>('select step from kubescribe.steps order by step');
    return steps.rows.map(({ step }) => step);
  } finally {
    await client.end();
  }
}

function postmaster(home: string): number {
  return Number(readFileSync(join(home, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
