import { sql } from 'kysely';
import * as z from 'zod';
import { openRunLog } from '../../lib/db/connect.ts';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';
import { test as base, expect, type Product } from '../setup/product.ts';

/** RunLog as its owner has it. */
const test = base.extend('db', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(() => db.destroy());
  return db;
});

const ROWS = 10;
const nothing = [task('nothing', async function* () {})];
const names = 'dhbjafcgie'.split('').map((letter) => `${letter}-list`);
const pipelines = names.map((name) => pipeline(name, { params: z.object({}), tasks: nothing }));

/** Moments that differ by a microsecond, each of some rows. */
const AT = sql`'2026-01-01T00:00:00Z'::timestamptz + i % 4 * interval '1 microsecond'`;
const numbers = sql`generate_series(1, ${sql.lit(ROWS)}) i`;

/** A list, what its rows are known by in their order, and how it is filled. */
const lists = [
  {
    path: '/audit?actor=eve',
    key: 'subject',
    order: sql`select subject as key from audit where actor = 'eve' order by at desc, audit_id desc`,
    fill: sql`insert into audit (at, actor, came_from, action, subject)
              select ${AT}, 'eve', 'HTTP', 'run.cancel', i from ${numbers}`,
  },
  {
    path: '/dead-letters?overtaken=false',
    key: 'event_id',
    order: sql`select event_id as key from dead_letters order by first_seen desc, id desc`,
    fill: sql`insert into dead_letters (event_source, event_id, event_type, attributes, reason, first_seen)
              select '/test', i, 'some.event', '{}', 'it died', ${AT} from ${numbers}`,
  },
  {
    path: '/backfills?pipeline=a-list',
    key: 'backfill_id',
    order: sql`select backfill_id as key from backfills order by created_at desc, backfill_id desc`,
    fill: sql`insert into backfills (backfill_id, pipeline, range_from, range_until, reprocess, concurrency, slots, created_at)
              select gen_random_uuid(), 'a-list', clock() - interval '1 day', clock(), 'all', 1, 0, ${AT} from ${numbers}`,
  },
  {
    path: '/pipelines/a-list/pauses?',
    key: 'why',
    order: sql`select why as key from pauses order by paused_at desc, pause_id desc`,
    fill: sql`insert into pauses (pipeline, paused_at, paused_by, why, resumed_at)
              select 'a-list', ${AT}, 'eve', i, clock() from ${numbers}`,
  },
  {
    path: '/pipelines/a-list/schedule?',
    key: 'cron',
    order: sql`select cron as key from schedules order by schedule_id desc`,
    fill: sql`insert into schedules (pipeline, cron, timezone, valid_from, valid_until, written_by)
              select 'a-list', i || ' * * * *', 'UTC', ${AT}, clock(), 'eve' from ${numbers}`,
  },
  {
    path: '/pipelines?',
    key: 'name',
    order: sql`select name as key from pipelines order by name collate "C"`,
    fill: sql`insert into pipelines (name) select unnest(${names}::text[]) on conflict do nothing`,
  },
];

const Rows = z.array(z.record(z.string(), z.unknown()));
const Page = z.union([Rows, z.object({ history: Rows }).transform(({ history }) => history)]);
const linkOf = (response: Response, rel: string) =>
  new RegExp(`<([^>]*)>; rel="${rel}"`).exec(response.headers.get('link') ?? '')?.[1];

/** Follows the links of one kind to their end: the rows of each page. */
async function walk({ ask }: Product, from: string, rel: 'next' | 'prev', key: string) {
  const pages: unknown[][] = [];
  let last = from;
  for (let at: string | undefined = from; at; ) {
    const response = await ask(at);
    expect(response.status, at).toBe(200);
    pages.push(Page.parse(await response.json()).map((row) => row[key]));
    last = at;
    at = linkOf(response, rel);
  }
  return { pages, last };
}

test.for(lists)('$path goes down and back up, and shows each row once', async (list, { product, db }) => {
  const made = await product({ pipelines });
  await sql`insert into pipelines (name) values ('a-list') on conflict do nothing`.execute(db);
  await list.fill.execute(db);
  const { rows } = await sql<{ key: string }>`${list.order}`.execute(db);
  const wanted = rows.map(({ key }) => key);

  const down = await walk(made, `${list.path}&limit=3`, 'next', list.key);
  const up = await walk(made, down.last, 'prev', list.key);

  expect(wanted).toHaveLength(ROWS);
  expect(down.pages.flat()).toEqual(wanted);
  expect(down.pages.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
  expect(up.pages.reverse().flat()).toEqual(wanted);
  for (const forged of ['["<"]', yearNought(down.last)]) {
    const cursor = Buffer.from(forged).toString('base64url');
    expect((await made.ask(`${list.path}&cursor=${cursor}`)).status, forged).toBe(400);
  }
});

/** The place that an address names, in a year that no database knows; one that has no time is none at all. */
function yearNought(path: string): string {
  const cursor = new URL(path, 'http://any').searchParams.get('cursor') ?? '';
  const text = Buffer.from(cursor, 'base64url').toString();
  return text.includes('"2026-') ? text.replace('"2026-', '"0000-') : '{}';
}
