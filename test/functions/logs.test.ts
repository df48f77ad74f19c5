import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import * as z from 'zod';
import { LogLine } from '../../lib/contract/log-line.ts';
import { type Db, openRunLog } from '../../lib/db/connect.ts';
import { test as base, expect, type Product } from '../setup/product.ts';
import { problem } from './doors.ts';

/** RunLog as its owner has it. */
const test = base.extend('db', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(() => db.destroy());
  return db;
});

const Lines = z.array(LogLine);
const NOBODY = '00000000-0000-4000-8000-000000000000';

const linesOf = async (response: Response) => Lines.parse(await response.json());
const messagesOf = async (response: Response) => (await linesOf(response)).map(({ message }) => message);
const linkOf = (response: Response, rel: string) =>
  new RegExp(`<([^>]*)>; rel="${rel}"`).exec(response.headers.get('link') ?? '')?.[1];

/** A run and a task of it, recorded as other programs do. */
async function foreignRun(db: Db): Promise<{ run: string; task: string }> {
  const [run, task] = [randomUUID(), randomUUID()];
  await sql`insert into run_log (run_id, component) values (${run}, 'elsewhere')`.execute(db);
  await sql`insert into task_runs (id, run_id, name) values (${task}, ${run}, 'fetch')`.execute(db);
  return { run, task };
}

/** So many lines of a run, of which every tenth is of one instant. */
const say = (db: Db, run: string, count: number) =>
  sql`insert into logs (type, job_run_id, level, message, timestamp)
      select 'job', ${run}::uuid, case when n % 5 = 0 then 'warn' else 'info' end, 'line ' || n,
             clock() at time zone 'UTC' - interval '1 hour' + n / 10 * interval '1 microsecond'
        from generate_series(0, ${sql.lit(count - 1)}) n`.execute(db);

/** Follows the links of one kind to their end, and whatever happens on the way. */
async function walk({ ask }: Product, from: string, rel: 'next' | 'prev', between = async () => {}) {
  const pages: string[][] = [];
  let last = from;
  for (let at: string | undefined = from; at; ) {
    const response = await ask(at);
    expect(response.status, at).toBe(200);
    pages.push(await messagesOf(response));
    last = at;
    at = linkOf(response, rel);
    await between();
  }
  return { pages, last };
}

test('lines that other programs wrote by the printed statements are told by every promised door', async ({
  product,
  db,
}) => {
  const made = await product({ pipelines: [] });
  const { run, task } = await foreignRun(db);
  await sql`insert into logs (type, level, stream, message, metadata, timestamp)
            values ('system', 'error', 'stderr', 'no disk', '{"free": 12345678901234567890}', '2026-01-02 03:04:05.000006'::timestamp
                    + (clock()::date - '2026-01-02'::date) * interval '1 day')`.execute(db);
  await sql`insert into logs (message) values ('hello')`.execute(db);
  await sql`insert into logs (type, job_run_id, message) values ('job', ${run}, 'began')`.execute(db);
  await sql`insert into logs (type, job_run_id, task_run_id, level, stream, message, metadata)
            values ('task', ${run}, ${task}, 'debug', 'stdout', 'fetched', '[1]')`.execute(db);

  const system = await made.ask('/api/v1/logs/system?limit=100&offset=0');
  const text = await system.clone().text();

  expect((await messagesOf(system)).sort()).toEqual(['hello', 'no disk']);
  expect(text).toContain('{"free":12345678901234567890}');
  expect(text).toMatch(/"timestamp":"\d{4}-\d\d-\d\dT03:04:05.000006Z"/);
  expect(await linesOf(await made.ask(`/api/v1/logs/job-runs/${run}?limit=100&offset=0`))).toMatchObject([
    { type: 'job', job_run_id: run, task_run_id: null, level: 'info', stream: 'system', message: 'began' },
    { type: 'task', job_run_id: run, task_run_id: task, message: 'fetched', metadata: [1], attempt: null },
  ]);
  expect(await messagesOf(await made.ask(`/api/v1/logs/task-runs/${task.toUpperCase()}`))).toEqual([
    'fetched',
  ]);
  expect(await messagesOf(await made.ask('/api/v1/logs/type/job'))).toEqual(['began']);
  expect(await messagesOf(await made.ask('/api/v1/logs?type=task'))).toEqual(['fetched']);
});

test('a run or a task that said nothing has an empty list; one that nobody knows is a 404', async ({
  product,
  db,
}) => {
  const { ask } = await product({ pipelines: [] });
  const { run, task } = await foreignRun(db);

  for (const path of [`job-runs/${run}`, `task-runs/${task}`, 'system', 'type/task'])
    expect(await messagesOf(await ask(`/api/v1/logs/${path}`)), path).toEqual([]);
  for (const path of [`job-runs/${NOBODY}`, `task-runs/${NOBODY}`, 'type/audit'])
    expect(await problem(await ask(`/api/v1/logs/${path}`)), path).toMatchObject({ status: 404 });
  expect(await problem(await ask('/api/v1/logs?around=4711'))).toMatchObject({ status: 404 });
});

test.for([
  ['job-runs/nobody', 'UUID'],
  ['system?limit=0', 'limit'],
  ['system?limit=1001', 'limit'],
  ['system?offset=-1', 'offset'],
  ['system?offset=100001', 'follow the cursors'],
  ['system?offset=1&text=x', 'follow the cursors'],
  ['system?level=fatal', 'level'],
  ['system?stream=stdin', 'stream'],
  ['system?from=yesterday', 'from'],
  ['system?text=%00', 'NUL'],
  ['system?text=', 'text'],
  ['system?regex=(', 'missing closing'],
  ['system?regex=(%3F%3Dx)', 'RE2'],
  [`system?regex=${'x'.repeat(201)}`, 'regex'],
  ['system?q=x', 'q'],
  ['system?job_run_id=x', 'job_run_id'],
  ['system?cursor=x', 'cursor'],
  [`system?cursor=${Buffer.from('["<",["0000-01-01T00:00:00Z",1]]').toString('base64url')}`, 'cursor'],
  ['download?format=csv', 'format'],
  ['?around=1&level=info', 'around'],
] as const)('%s is a 400 that says why', async ([path, says], { product }) => {
  const { ask } = await product({ pipelines: [] });

  const refused = await ask(`/api/v1/logs${path.startsWith('?') ? '' : '/'}${path}`);

  expect(refused.status).toBe(400);
  expect(JSON.stringify(await problem(refused))).toContain(says);
});

test('limit and offset leave out and cut as ever, and Link goes on from there', async ({ product, db }) => {
  const made = await product({ pipelines: [] });
  const { run } = await foreignRun(db);
  await say(db, run, 250);
  const path = `/api/v1/logs/job-runs/${run}`;

  expect(await messagesOf(await made.ask(path))).toHaveLength(100);
  const page = await made.ask(`${path}?limit=20&offset=95`);
  expect(await messagesOf(page)).toEqual(Array.from({ length: 20 }, (_, i) => `line ${95 + i}`));
  expect(linkOf(page, 'next')).not.toContain('offset');
  expect((await messagesOf(await made.ask(linkOf(page, 'next') ?? '')))[0]).toBe('line 115');
  expect((await messagesOf(await made.ask(linkOf(page, 'prev') ?? ''))).at(-1)).toBe('line 94');
  expect(await messagesOf(await made.ask(`${path}?limit=2&offset=3&min_level=warn`))).toEqual([
    'line 15',
    'line 20',
  ]);
  expect(await messagesOf(await made.ask(`${path}?offset=100000`))).toEqual([]);
  const both = `${linkOf(page, 'next')}&offset=5`;
  expect((await made.ask(both)).status).toBe(400);
});

test('lists go on and back, and show each line once, also those of one instant, while others are written', async ({
  product,
  db,
}) => {
  const made = await product({ pipelines: [] });
  const { run } = await foreignRun(db);
  await say(db, run, 35);
  const all = Array.from({ length: 35 }, (_, n) => `line ${n}`);
  const warned = all.filter((_, n) => n % 5 === 0);
  let late = 0;
  const more = async () => {
    await sql`insert into logs (type, job_run_id, message) values ('job', ${run}, ${`late ${late++}`})`.execute(
      db,
    );
  };

  for (const [query, wanted] of [
    [`/job-runs/${run}?limit=8`, all],
    [`/job-runs/${run}?limit=4&level=warn`, warned],
    [`/job-runs/${run}?limit=12&order=desc`, all.toReversed()],
    [`/type/job?limit=15`, all.toReversed()],
    [`?limit=3&level=warn,error`, warned.toReversed()],
    [`?limit=14&order=asc&text=LINE`, all],
    [`?limit=11&regex=^line%20[0-9]*[05]$`, warned.toReversed()],
  ] as const) {
    const on = await walk(made, `/api/v1/logs${query}`, 'next', more);
    const back = await walk(made, on.last, 'prev', more);

    const old = (messages: string[]) => messages.filter((message) => message.startsWith('line'));
    expect(old(on.pages.flat()), query).toEqual(wanted);
    expect(old(back.pages.toReversed().flat()), query).toEqual(wanted);
    expect(new Set(on.pages.flat()).size, query).toBe(on.pages.flat().length);
  }
});

test('a page that is what the caller has is a 304', async ({ product, db }) => {
  const { ask } = await product({ pipelines: [] });
  await sql`insert into logs (message) values ('hello')`.execute(db);

  const first = await ask('/api/v1/logs/system');
  const again = await ask('/api/v1/logs/system', {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  });

  expect([first.status, again.status, await again.text()]).toEqual([200, 304, '']);
});

test('around a line are the others of its run, and Link leads on in both ways', async ({ product, db }) => {
  const made = await product({ pipelines: [] });
  const [one, other] = [await foreignRun(db), await foreignRun(db)];
  await say(db, one.run, 40);
  await say(db, other.run, 40);
  const { rows } = await sql<{ id: number }>`
    select id from logs where job_run_id = ${one.run} and message in ('line 20', 'line 0', 'line 39') order by id`.execute(
    db,
  );
  const [first, middle, last] = rows.map(({ id }) => id);

  const page = await made.ask(`/api/v1/logs?around=${middle}&limit=5`);
  const lines = await linesOf(page);

  expect(lines.map(({ message }) => message)).toEqual([18, 19, 20, 21, 22].map((n) => `line ${n}`));
  expect(new Set(lines.map(({ job_run_id }) => job_run_id))).toEqual(new Set([one.run]));
  expect((await messagesOf(await made.ask(linkOf(page, 'next') ?? '')))[0]).toBe('line 23');
  expect((await messagesOf(await made.ask(linkOf(page, 'prev') ?? ''))).at(-1)).toBe('line 17');
  expect(await messagesOf(await made.ask(`/api/v1/logs?around=${middle}&limit=1`))).toEqual(['line 20']);
  const start = await made.ask(`/api/v1/logs?around=${first}&limit=4`);
  expect(await messagesOf(start)).toEqual(['line 0', 'line 1', 'line 2']);
  expect(linkOf(start, 'prev')).toBeUndefined();
  const end = await made.ask(`/api/v1/logs?around=${last}&limit=4`);
  expect(await messagesOf(end)).toEqual(['line 38', 'line 39']);
  expect(linkOf(end, 'next')).toBeUndefined();
});

test.for(['', 'text=0&', 'regex=0&'])(
  'a page of long lines (%s) ends before it is too much, and goes on',
  async (filter, { product, db }) => {
    const made = await product({ pipelines: [] });
    const { run } = await foreignRun(db);
    const message = sql`'line ' || n || ' ' || repeat('0123456789', 6000)`;
    await sql`insert into logs (type, job_run_id, message, timestamp)
              select 'job', ${run}::uuid, ${message}, clock() at time zone 'UTC' - interval '1 hour' + n * interval '1 microsecond'
                from generate_series(0, 299) n`.execute(db);

    const all = Array.from({ length: 300 }, (_, n) => `line ${n}`);
    const shortened = (pages: string[][]) => pages.flat().map((line) => line.slice(0, -60_001));

    const there = await walk(made, `/api/v1/logs/job-runs/${run}?${filter}limit=1000`, 'next');
    const back = await walk(made, there.last, 'prev');

    expect(there.pages.length).toBeGreaterThan(4);
    for (const page of [...there.pages, ...back.pages])
      expect(page.join('').length).toBeLessThan(5 * 2 ** 20);
    expect(shortened(there.pages)).toEqual(all);
    expect(shortened(back.pages.toReversed())).toEqual(all);
  },
);
