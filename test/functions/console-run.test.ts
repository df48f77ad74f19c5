import { expect } from 'vitest';
import { test } from './console-door.ts';
import { declarePipeline, insertEnded, insertLive, insertRequest, minutesAgo } from './console-rows.ts';

const component = 'market-bars';

test('a failed run shows its cause, its tasks with their books, and its last lines', async ({ db, get }) => {
  const run_id = await insertEnded(db, {
    component,
    started_at: minutesAgo(5),
    status: 'ERROR',
    error_code: 'TOO_MANY_REJECTED',
    error_message: '312 of 1,560 rows were rejected',
    error_stack: '    at judge (pipelines/market-bars.ts:88:13)',
    meta: JSON.stringify({ attempts: 2, rejected_by: { close_above_high: 290, bad_cast: 22 } }),
  });
  const books = { read: 1560, written: 1187, unchanged: 0, deduped: 61, rejected: 312, failed: 0 };
  await db
    .insertInto('task_runs')
    .values({ run_id, name: 'copy bars', status: 'ERROR', ...books })
    .execute();
  for (const message of ['first line', 'last <line>']) {
    await db.insertInto('logs').values({ type: 'job', job_run_id: run_id, level: 'warn', message }).execute();
  }

  const { status, text } = await get(`/console/runs/${run_id}`);

  expect(status).toBe(200);
  expect(text).toContain('<code>TOO_MANY_REJECTED</code> 312 of 1,560 rows were rejected');
  expect(text).toContain('pipelines/market-bars.ts:88:13');
  expect(text).toMatch(/copy bars.*1,560.*1,187.*>0<.*>61<.*>312<.*>0</s);
  expect(text).toMatch(/close_above_high<\/dt><dd>290.*bad_cast<\/dt><dd>22/s);
  expect(text).toMatch(/first line.*last &lt;line&gt;/s);
  expect(text).toContain(`href="/runs/${run_id}"`);
});

test('a run that was tried more than once shows why', async ({ db, get }) => {
  const run_id = await insertEnded(db, { component, started_at: minutesAgo(5), status: 'SUCCESS' });
  const slice = { run_id, checkpoint: 0, queued_at: minutesAgo(5) };
  const error = { error_class: 'away', error_code: 'DATABASE_AWAY', error_message: 'gone <away>' };
  await db
    .insertInto('run_slices')
    .values([
      { ...slice, epoch: 1, attempt: 1, left_as: 'retry', ...error },
      { ...slice, epoch: 2, attempt: 2, left_as: 'ended' },
    ])
    .execute();

  const { text } = await get(`/console/runs/${run_id}`);

  expect(text).toMatch(/Attempts<.*retry.*<code>DATABASE_AWAY<\/code> gone &lt;away&gt;.*ended/s);
});

test('a run that goes on shows its progress and keeps itself fresh', async ({ db, get }) => {
  await declarePipeline(db, component);
  const run_id = await insertLive(db, component, { attempt: 2 });
  const progress = JSON.stringify({ done: 500, of: 2000 });
  await db.insertInto('task_runs').values({ run_id, name: 'copy bars', progress }).execute();

  const { text } = await get(`/console/runs/${run_id}`);

  expect(text).toContain('<progress max="100" value="25"');
  expect(text).toContain('500 of 2,000');
  expect(text).toMatch(/Attempt<\/dt><dd>2</);
  expect(text).toContain('data-live');
});

test('a blocked run says since when and why', async ({ db, get }) => {
  await declarePipeline(db, component);
  const blocked = { blocked_since: minutesAgo(4), blocked_why: 'the report database is away' };
  const run_id = await insertLive(db, component, blocked);

  expect((await get(`/console/runs/${run_id}`)).text).toMatch(
    /Blocked since .* UTC: the report database is away/,
  );
});

test('a request that waits has a page before it is a run', async ({ db, get }) => {
  await declarePipeline(db, component);
  const run_id = await insertRequest(db, { pipeline: component, params: JSON.stringify({ symbol: 'AAPL' }) });

  const { status, text } = await get(`/console/runs/${run_id}`);

  expect(status).toBe(200);
  expect(text).toContain('<span>Waiting</span>');
  expect(text).toContain('{&quot;symbol&quot;:&quot;AAPL&quot;}');
});

test('a run that was asked for again leads to the first, and says why and what it reads', async ({
  db,
  get,
}) => {
  await declarePipeline(db, component);
  const first = await insertEnded(db, { component, started_at: minutesAgo(9), status: 'ERROR' });
  const run_id = await insertRequest(db, {
    pipeline: component,
    state: 'waiting',
    kind: 'replay',
    replay_of: first,
    resume_from: 'days',
    wish_why: 'the feed <was> late',
    range_from: new Date('2026-01-01T00:00:00Z'),
    range_until: new Date('2026-01-02T00:00:00Z'),
  });

  const { text } = await get(`/console/runs/${run_id}`);

  expect(text).toContain('the feed &lt;was&gt; late');
  expect(text).toMatch(new RegExp(`Goes on at “days” of.*href="/console/runs/${first}"`, 's'));
  expect(text).toMatch(/Reads.*2026-01-01.*until.*2026-01-02/s);
});

test('a request that was skipped says why', async ({ db, get }) => {
  await declarePipeline(db, component);
  const run_id = await insertRequest(db, {
    pipeline: component,
    state: 'skipped',
    why: 'a run was still live',
  });

  expect((await get(`/console/runs/${run_id}`)).text).toContain('It never began: a run was still live');
});

test('a row that others wrote is shown as theirs, whatever its meta holds', async ({ db, get }) => {
  const meta = JSON.stringify(['no', 'object']);
  const run_id = await insertEnded(db, { component, started_at: minutesAgo(5), meta });

  const { status, text } = await get(`/console/runs/${run_id}`);

  expect(status).toBe(200);
  expect(text).toContain('others: shown, never touched');
});

test('a run leads to the one before and the one after', async ({ db, get }) => {
  const [first, second, third] = await Promise.all(
    [30, 20, 10].map((minutes) => insertEnded(db, { component, started_at: minutesAgo(minutes) })),
  );

  const { text } = await get(`/console/runs/${second}`);

  expect(text).toContain(`<a href="/console/runs/${first}">Run before</a>`);
  expect(text).toContain(`<a href="/console/runs/${third}">Run after</a>`);
});

test('who was told by mail is shown', async ({ db, get }) => {
  const run_id = await insertEnded(db, { component, started_at: minutesAgo(5), status: 'ERROR' });
  await db
    .insertInto('alert_notifications')
    .values({
      subject: run_id,
      transition: 'failed',
      channel: 'email',
      recipient: 'ops@example.com',
      pipeline: component,
      facts: '{}',
      status: 'sent',
      sent_at: minutesAgo(4),
      message_id: '<1@test>',
    })
    .execute();

  expect((await get(`/console/runs/${run_id}`)).text).toMatch(
    /“failed” to ops@example\.com, sent (\d[^:]* )?\d\d:\d\d UTC/,
  );
});
