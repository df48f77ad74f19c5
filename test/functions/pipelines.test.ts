import * as z from 'zod';
import { getPipeline, listPipelines } from '../../lib/contract/pipelines.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { declare } from '../../lib/requests/declare.ts';
import { expect, test } from '../setup/product.ts';
import { problem } from './doors.ts';

const nothing = [task('nothing', async function* () {})];
const broken = [
  task('broken', async function* () {
    yield {};
    throw new Error('it is broken');
  }),
];

const daily = pipeline('daily', {
  schedule: '0 3 * * *',
  timezone: 'Europe/Berlin',
  tags: ['finance'],
  retry: { attempts: 1 },
  params: z.strictObject({
    days: z.int().min(1).default(3),
    since: z.iso
      .date()
      .transform((text) => new Date(text))
      .optional(),
  }),
  tasks: nothing,
});
const failing = pipeline('failing', { params: z.object({}), retry: { attempts: 1 }, tasks: broken });

const Page = listPipelines.answers[200].body;
const One = getPipeline.answers[200].body;

test('a pipeline is shown with its schedule, policies, params as JSON Schema with defaults, and tasks', async ({
  product,
}) => {
  const { ask, service } = await product({ pipelines: [daily] });
  await declare(service.runlog, [daily], 'local');

  const answer = await ask('/pipelines/daily');

  expect(answer.status).toBe(200);
  const shown = One.parse(await answer.json());
  expect(shown).toMatchObject({
    name: 'daily',
    defined: true,
    tags: ['finance'],
    health: 'unknown',
    last_run: null,
    paused: null,
    schedule: { cron: '0 3 * * *', timezone: 'Europe/Berlin', origin: 'file' },
    policies: { overlap: { slots: 'skip', people: 'queue-all' }, retry: { attempts: 1 }, timeout: 3600 },
    tasks: [{ name: 'nothing', moves_rows: false }],
  });
  expect(shown.next_slots).toHaveLength(5);
  expect(shown.params).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: {
      days: { type: 'integer', minimum: 1, default: 3 },
      since: { type: 'string', format: 'date' },
    },
  });
});

test('it tells an override, a pause, its last run, and whether its runs fail', async ({ product }) => {
  const { ask, service, start } = await product({ pipelines: [daily, failing] });
  await declare(service.runlog, [daily, failing], 'local');
  const send = (path: string, method: string, body: object) =>
    ask(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  await send('/pipelines/daily/schedule', 'PUT', { cron: '30 4 * * *', timezone: 'UTC', why: 'moved' });
  await send('/pipelines/daily/pause', 'POST', { why: 'audit' });
  const good = await start('daily');
  const bad = await start('failing');

  expect(Page.parse(await (await ask('/pipelines')).json())).toMatchObject([
    {
      name: 'daily',
      health: 'ok',
      last_run: { run_id: good.run_id, status: 'SUCCESS' },
      paused: { why: 'audit', automatic: false },
      schedule: { cron: '30 4 * * *', origin: 'override', why: 'moved' },
      file_schedule: { cron: '0 3 * * *' },
    },
    { name: 'failing', health: 'failing', last_run: { run_id: bad.run_id, status: 'ERROR' }, schedule: null },
  ]);
});

test('one whose file is gone is shown as such; one that nobody declared or defines is a 404', async ({
  product,
}) => {
  const { ask, service } = await product({ pipelines: [failing] });
  await declare(service.runlog, [daily], 'local');

  const gone = One.parse(await (await ask('/pipelines/daily')).json());
  const unknown = await Promise.all(['nobody', '%00', 'a%2Fb'].map((name) => ask(`/pipelines/${name}`)));

  expect(gone).toMatchObject({
    defined: false,
    schedule: { cron: '0 3 * * *' },
    policies: null,
    params: null,
    tasks: [],
  });
  for (const answer of unknown) expect(await problem(answer)).toMatchObject({ status: 404 });
});

test('who knows the page is told so, until something changes', async ({ product }) => {
  const { ask, service, start } = await product({ pipelines: [failing] });
  await declare(service.runlog, [failing], 'local');
  const first = await ask('/pipelines');
  const known = { 'if-none-match': `"other", ${first.headers.get('etag')}` };

  const same = await ask('/pipelines', { headers: known });
  await start('failing');
  const changed = await ask('/pipelines', { headers: known });

  expect([first.status, same.status, changed.status]).toEqual([200, 304, 200]);
  expect(await same.text()).toBe('');
  expect(same.headers.get('etag')).toBe(first.headers.get('etag'));
});

test('pages go by name and show each once', async ({ product }) => {
  const many = ['c', 'a', 'b'].map((name) => pipeline(name, { params: z.object({}), tasks: nothing }));
  const { ask } = await product({ pipelines: many });

  const names: string[] = [];
  let path: string | undefined = '/pipelines?limit=2';
  while (path) {
    const answer = await ask(path);
    names.push(...Page.parse(await answer.json()).map(({ name }) => name));
    path = /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }

  expect(names).toEqual(['a', 'b', 'c']);
});
