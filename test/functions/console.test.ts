import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { askConsole, test } from './console-door.ts';
import {
  clock,
  declarePipeline,
  insertEnded,
  insertLive,
  insertRequest,
  insertRun,
  minutesAgo,
} from './console-rows.ts';

const heading = (page: string) => /<h1>(.*?)<\/h1>/s.exec(page)?.[1];

test('says in one sentence that all is well', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars');
  await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(3) });
  await insertEnded(db, { component: 'nightly-vacuum', started_at: minutesAgo(60) });

  const { status, text } = await get('/');

  expect(status).toBe(200);
  expect(heading(text)).toBe('All 2 pipelines are well; last run 3 min ago.');
});

test('says which pipeline is degraded by a source that lags, and how far', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars');
  await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(3) });
  await sql`insert into operation_logs.pipeline_watermarks (pipeline_name, pipeline, status, lag)
            values ('market-bars', 'market-bars', 'DEGRADED', interval '20 minutes')`.execute(db);

  const { text } = await get('/');

  expect(heading(text)).toMatch(
    /^market-bars is degraded: the oldest transaction of its source has been open for 20/,
  );
  expect(text).toContain('Degraded: its source lags 20');
});

test('names the pipeline that fails, since when, and why', async ({ db, get }) => {
  const component = 'market-bars';
  await insertEnded(db, { component, started_at: minutesAgo(30) });
  const failed = { status: 'ERROR', error_code: 'SOURCE_DOWN', error_message: 'no answer' } as const;
  const first = minutesAgo(20);
  await insertEnded(db, { component, started_at: first, ...failed });
  await insertEnded(db, { component, started_at: minutesAgo(10), status: 'CANCELLED' });
  await insertEnded(db, { component, started_at: minutesAgo(5), ...failed });

  const { text } = await get('/');

  const since = clock(new Date(first.getTime() + 12_000));
  expect(heading(text)).toContain('market-bars has failed since ');
  expect(heading(text)).toContain(`${since} UTC: SOURCE_DOWN: no answer.`);
});

test('several failing pipelines are counted and named', async ({ db, get }) => {
  for (const component of ['a', 'b']) {
    await insertEnded(db, { component, started_at: minutesAgo(5), status: 'TIMEOUT' });
  }
  await insertEnded(db, { component: 'c', started_at: minutesAgo(5) });

  expect(heading((await get('/')).text)).toMatch(/^2 of 3 pipelines fail: a since .*, b since .*\.$/);
});

test('a blocked run is said with its cause', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars');
  const blocked = { blocked_since: minutesAgo(4), blocked_why: 'the report database is away' };
  const run = await insertLive(db, 'market-bars', blocked);

  const { text } = await get('/');

  expect(heading(text)).toMatch(/^market-bars has been blocked since .* UTC: the report database is away\.$/);
  expect(text).toContain(`<a href="/console/runs/${run}">Run ${run.slice(-8)}</a> is blocked`);
});

test('missed slots count until the pipeline runs again', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars');
  const missed = { pipeline: 'market-bars', kind: 'slot', state: 'missed', why: 'no tick came' } as const;
  await insertRequest(db, { ...missed, slot: minutesAgo(20) });
  await insertRequest(db, { ...missed, slot: minutesAgo(10) });

  const before = await get('/');
  await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(2) });
  const after = await get('/');

  expect(heading(before.text)).toContain('market-bars missed its slot of');
  expect(before.text).toContain('2 slots missed in the last day');
  expect(heading(after.text)).toContain('market-bars is well');
});

test('a run shows its status in a word, its rows and how to read it', async ({ db, get }) => {
  const meta = JSON.stringify({ written: 1480, rejected: 19 });
  const run = await insertEnded(db, { component: 'market-bars', started_at: minutesAgo(5), meta });

  const { text } = await get('/');

  expect(text).toContain('<span>Success</span>');
  expect(text).toMatch(
    /Took" class="number">12\.0 s<.*Written" class="number">1,480<.*Rejected" class="number">19</s,
  );
  expect(text).toContain(`href="/console/runs/${run}"`);
  expect(text).toContain(`href="/runs/${run}"`);
});

test('rows of a run that goes on are those of its tasks so far', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars');
  const run_id = await insertLive(db, 'market-bars');
  await db.insertInto('task_runs').values({ run_id, name: 'copy', written: 700, rejected: 3 }).execute();

  expect((await get('/')).text).toMatch(/Written" class="number">700<.*Rejected" class="number">3</s);
});

test('the next slot is shown with how long until then, and who has none', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars', '*/5 * * * *');
  await declarePipeline(db, 'by-hand');
  await insertEnded(db, { component: 'foreign', started_at: minutesAgo(5) });

  const { text } = await get('/');

  expect(text).toMatch(/Next <time [^>]*>([^<]* )?\d\d:[0-5][05]<\/time> UTC, (in \d+ (s|min)|now)/);
  expect(text).toContain('No schedule');
  expect(text).toContain('Not declared here');
});

test('a schedule that nobody can read does not take the page away', async ({ db, get }) => {
  await declarePipeline(db, 'market-bars', 'whenever');

  const { status, text } = await get('/');

  expect(status).toBe(200);
  expect(text).toContain('No next slot');
});

test('an empty RunLog tells the command that starts the first run', async ({ db, get }) => {
  const bare = await get('/');
  await declarePipeline(db, 'daily-report');
  const declared = await get('/');

  expect(bare.text).toContain('npx kubescribe trigger market-bars');
  expect(declared.text).toContain('npx kubescribe trigger daily-report');
  expect(heading(declared.text)).toBe('Nothing has run yet.');
});

test('hostile text in a row is shown and does nothing', async ({ db, get }) => {
  const hostile = "<script>alert(1)</script> \u202egnp.exe \u0007 \"onload='x'";
  await insertEnded(db, {
    component: hostile,
    started_at: minutesAgo(5),
    status: 'ERROR',
    error_code: hostile,
    error_message: `${hostile} postgres://bob:hunter2@db`,
    meta: JSON.stringify({ written: '<b>many</b>', rejected: { a: 1 } }),
  });

  const { status, text } = await get('/');

  expect(status).toBe(200);
  expect(text).not.toContain('<script>alert');
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; \\u202egnp.exe \u2407');
  for (const bad of ['\u0007', '\u202e', 'hunter2', '<b>many']) expect(text).not.toContain(bad);
});

test('older runs follow page by page without a gap', async ({ db, get }) => {
  const started_at = minutesAgo(30);
  const ids = await Promise.all(
    Array.from({ length: 45 }, () => insertEnded(db, { component: 'market-bars', started_at })),
  );
  const seen: string[] = [];

  for (let path: string | undefined = '/'; path; ) {
    const { text }: { text: string } = await get(path);
    seen.push(
      ...[...text.matchAll(/class="name" href="\/console\/runs\/([^"]+)"/g)].map((found) => found[1]!),
    );
    path = /href="(\/\?before=[^"]+)">Older/.exec(text)?.[1];
  }

  expect(seen).toHaveLength(45);
  expect(new Set(seen)).toEqual(new Set(ids));
});

test('the strip has the last forty runs of a pipeline', async ({ db, get }) => {
  for (let i = 1; i <= 45; i++) await insertEnded(db, { component: 'a', started_at: minutesAgo(i) });

  const { text } = await get('/');

  expect(text.match(/tabindex="-1" class="good"/g)).toHaveLength(40);
  expect(text).toContain('Last 40 all well');
});

test('nothing runs or is styled in a page but what its policy names', async ({ db, get }) => {
  await insertRun(db, { component: 'market-bars' });

  const { text, headers } = await get('/');

  const policy = headers.get('content-security-policy') ?? '';
  const hash = (tag: string) => {
    const content = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(text)?.[1] ?? '';
    return createHash('sha256').update(content).digest('base64');
  };
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`style-src 'sha256-${hash('style')}'`);
  expect(policy).toContain(`script-src 'sha256-${hash('script')}'`);
  expect(policy).not.toContain('unsafe');
  expect(text).not.toMatch(/ style="| on[a-z]+="/);
});

test('a RunLog that is away is said in the page, with 503', async () => {
  const { status, text, headers } = await askConsole('postgresql://nobody@127.0.0.1:1/none', '/');

  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('5');
  expect(heading(text)).toBe('RunLog, the database of runs, cannot be reached.');
});

test('a RunLog without tables names the command that makes them', async ({ empty }) => {
  const { status, text } = await askConsole(empty, '/');

  expect(status).toBe(503);
  expect(text).toContain('npx kubescribe migrate');
});

test('mailbox and events are offered only where the platform is imitated', async ({ runlog }) => {
  const local = await askConsole(runlog, '/');
  const cluster = await askConsole(runlog, '/', { K_REVISION: 'console-00001' });

  expect(local.text).toContain('href="/mail"');
  expect(cluster.text).not.toMatch(/href="\/(mail|events)"/);
});

test.for(['/console/runs/nonsense', '/?before=nonsense'])('%s is answered by 400', async (path, { get }) => {
  expect((await get(path)).status).toBe(400);
});

test('a run that nobody knows is answered by 404', async ({ get }) => {
  const { status, headers } = await get(`/console/runs/${randomUUID()}`);

  expect(status).toBe(404);
  expect(headers.get('content-type')).toContain('text/html');
});
