/** `make run` as its first user sees it. */
import pg from 'pg';
import { test as base, expect } from 'vitest';
import * as z from 'zod';
import { until } from '../setup/until.ts';
import { startDemo, wholeHome } from './whole.ts';

const SECOND = 1000;
const STORY = 60 * SECOND;
/** Beside the story two starts and the making of a data folder, while other tests take the machine. */
const PATIENCE = { timeout: STORY + 60 * SECOND };
const TOLD = { NOTIFY_TO: 'desk@example.test', NOTIFY_FROM: 'Night <night@example.test>' };

const test = base
  .extend('folder', { scope: 'file' }, wholeHome)
  .extend('demo', { scope: 'file' }, async ({ folder }, { onCleanup }) => {
    onCleanup(folder.end);
    return startDemo(folder, TOLD);
  });

const Event = z.looseObject({ event: z.enum(['step', 'note', 'ready']) });
const Runs = z.array(z.object({ run_id: z.string(), status: z.string(), error_code: z.string().nullable() }));
const Mail = z.object({
  from: z.string(),
  to: z.array(z.string()),
  messageId: z.string(),
  references: z.array(z.string()),
  text: z.string(),
});

async function read<T>(url: string, shape: z.ZodType<T>): Promise<T> {
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  return shape.parse(await response.json());
}

test('stdout is a JSON object a line, and the last is ready', PATIENCE, async ({ demo }) => {
  const events = demo.program.lines.map((line) => Event.parse(JSON.parse(line)).event);

  expect(events).toContain('step');
  expect(events.indexOf('ready')).toBe(events.length - 1);
});

test('every address of the ready line works', PATIENCE, async ({ demo }) => {
  const { url, mail, broker, databases } = demo;

  const pages = await Promise.all([url, mail].map(async (page) => (await fetch(page)).status));
  const event = await fetch(broker, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'hello',
      'ce-type': 'test.hello',
      'ce-source': '/test',
    },
    body: '{}',
  });
  const names = await Promise.all(Object.values(databases).map(databaseName));

  expect(pages).toEqual([200, 200]);
  expect(event.status).toBe(202);
  expect(names).toEqual(Object.keys(databases));
});

test(
  'its story: a red run, its mail, the green run, its mail in the same thread',
  PATIENCE,
  async ({ demo }) => {
    const mails = await until(async () => {
      const caught = await read(demo.mail, z.array(Mail));
      return caught.length >= 2 ? caught : undefined;
    });
    const runs = await read(`${demo.url}/runs?component=market-bars`, Runs);
    const [green, red] = runs.slice(-2);
    const [recovery, failure] = mails;

    expect([red?.status, red?.error_code]).toEqual(['ERROR', 'TOO_MANY_REJECTED']);
    expect([green?.status, green?.error_code]).toEqual(['SUCCESS', null]);
    expect(failure?.text).toContain(`${demo.url}/console/runs/${red?.run_id}`);
    expect(recovery?.text).toContain(`${demo.url}/console/runs/${green?.run_id}`);
    expect(recovery?.references).toContain(failure?.references.at(-1) ?? failure?.messageId);
    expect(mails.map(({ from, to }) => ({ from, to }))).toEqual([
      { from: TOLD.NOTIFY_FROM, to: [TOLD.NOTIFY_TO] },
      { from: TOLD.NOTIFY_FROM, to: [TOLD.NOTIFY_TO] },
    ]);
  },
);

test(
  'a second start on the same data is refused, and names the first',
  PATIENCE,
  async ({ demo, folder }) => {
    const second = folder.launch(['--no-demo']);

    expect(await second.ready).toBeUndefined();
    expect(await second.ended).toBe(1);
    expect(second.complaints()).toMatch(
      / is in use by KubeScribe process \d+\. Stop it, or set KUBESCRIBE_HOME/,
    );
    expect((await fetch(`${demo.url}/livez`)).status).toBe(200);
  },
);

async function databaseName(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    return rows[0]?.name ?? '';
  } finally {
    await client.end();
  }
}
