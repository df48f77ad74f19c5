import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { test } from './dead-letter-box.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a dead event', () => {
  test('is kept with its data, its attributes and what the Broker knew of its death', async ({ box }) => {
    const response = await box.post(
      {
        'ce-id': 'e1',
        'ce-subject': 'p/1',
        'ce-tick': 'minute',
        'ce-knativeerrordest': 'http://run-pipeline.kubescribe.svc',
        'ce-knativeerrorcode': '503',
        'ce-knativeerrordata': base64('{"title":"Try again"}'),
      },
      '{"a":[1,"ü"]}',
    );

    expect(response.status).toBe(204);
    expect(await box.list()).toMatchObject([
      {
        event_id: 'e1',
        event_source: '/test',
        event_type: 'some.event',
        subject: 'p/1',
        data: { a: [1, 'ü'] },
        attributes: { specversion: '1.0', tick: 'minute' },
        reason: 'every delivery failed, the last with 503',
        error_dest: 'http://run-pipeline.kubescribe.svc',
        error_code: 503,
        error_data: '{"title":"Try again"}',
        overtaken: false,
        times: 1,
      },
    ]);
  });

  test.for([
    ['422', 'poison: the subscriber cannot take such an event'],
    ['', 'no usable answer: a time-out, or a reply that is no event'],
    ['99999999999999', 'no usable answer: a time-out, or a reply that is no event'],
  ])('code "%s" is told as "%s"', async ([code, reason], { box }) => {
    await box.post(code ? { 'ce-knativeerrorcode': code } : {});

    expect(await box.list()).toMatchObject([{ reason }]);
  });

  test('that comes again is counted, not doubled', async ({ box }) => {
    await box.post({ 'ce-id': 'e1' });
    await box.post({ 'ce-id': 'e1' });
    await box.post({ 'ce-id': 'e1', 'ce-source': '/other' });

    expect((await box.list()).map(({ times }) => times)).toEqual([1, 2]);
  });

  test('whose data is no JSON stays readable', async ({ box }) => {
    await box.post({}, '{"broken": tru');

    expect(await box.list()).toMatchObject([{ data: { text: '{"broken": tru' } }]);
  });

  test('hides secrets and leaves the rest', async ({ box }) => {
    const data = { token: 5, dsn: 'postgres://u:hunter2@h', note: 'authorization: Basic hunter2', ok: true };
    await box.post(
      { 'ce-knativeerrordata': base64('password=hunter2'), 'ce-knativeerrordest': 'http://u:hunter2@h/' },
      JSON.stringify(data),
    );

    const letters = await box.list();

    expect(JSON.stringify(letters)).not.toContain('hunter2');
    expect(letters).toMatchObject([{ data: { token: '[hidden]', ok: true } }]);
  });

  test('that is larger than any body may be is kept without its data', async ({ box }) => {
    const response = await box.post({}, JSON.stringify('x'.repeat(2 * 1024 * 1024)));

    expect(response.status).toBe(204);
    expect(await box.list()).toMatchObject([{ data: { text: expect.stringContaining('1048576 bytes') } }]);
  });

  test('is kept whatever its data and its attributes are', { timeout: 120_000 }, async ({ box }) => {
    const latin1 = fc.string({
      unit: fc.integer({ min: 0x21, max: 0xff }).map((c) => String.fromCharCode(c)),
      minLength: 1,
      maxLength: 4000,
    });
    const body = fc.oneof(
      fc.json(),
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '"\\ud800"',
        '{"\\u0000":"\\\\u0000"}',
        '['.repeat(100_000),
        `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
        '1e999',
        '{"__proto__":1}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(latin1, latin1, latin1, body, async (id, source, extra, data) => {
        const response = await box.post(
          {
            'ce-id': id,
            'ce-source': source,
            'ce-extra': extra,
            'ce-knativeerrordata': extra,
            'ce-knativeerrorcode': extra,
          },
          typeof data === 'string' ? data : Buffer.from(data),
        );
        expect(response.status).toBe(204);
      }),
      { numRuns: 60 },
    );
  });

  test('in another form than binary is refused', async ({ box }) => {
    const response = await box.post({ 'ce-id': '', 'content-type': 'application/cloudevents+json' });

    expect(response.status).toBe(422);
    expect((await response.text()).length).toBeLessThan(512);
  });
});

describe('a dead event of a run', () => {
  const runEvent = (run_id: string, checkpoint: number) =>
    [{ 'ce-type': 'dev.kubescribe.run.continue' }, JSON.stringify({ run_id, checkpoint })] as const;

  test('is overtaken when its run has ended or moved on, and alarming when it has not', async ({ box }) => {
    const { db } = box;
    const [ended, ahead, level] = [randomUUID(), randomUUID(), randomUUID()];
    await db.insertInto('pipelines').values({ name: 'p' }).execute();
    await db
      .insertInto('run_log')
      .values([ended, ahead, level].map((run_id) => ({ run_id, component: 'p' })))
      .execute();
    const work = (run_id: string, checkpoint: number) => ({ run_id, pipeline: 'p', scope: 'p', checkpoint });
    await db
      .insertInto('run_work')
      .values([work(ahead, 3), work(level, 2)])
      .execute();

    for (const run_id of [ended, ahead, level]) await box.post(...runEvent(run_id, 2));

    expect((await box.list()).map(({ run_id, overtaken }) => [run_id, overtaken])).toEqual([
      [level, false],
      [ahead, true],
      [ended, true],
    ]);
  });

  test('news of an ended run are never overtaken', async ({ box }) => {
    await box.post({ 'ce-type': 'dev.kubescribe.run.failed' }, JSON.stringify({ run_id: randomUUID() }));

    expect(await box.list()).toMatchObject([{ overtaken: false }]);
  });
});

describe('GET /dead-letters', () => {
  test('lists the newest first, page by page', async ({ box }) => {
    for (let i = 0; i < 5; i++) await box.post({ 'ce-id': `e${i}` });

    const first = await box.ask('/dead-letters?limit=2');
    const [, next] = /<(.*)>; rel="next"/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await box.ask(next ?? '');
    const ids = async (response: Response) =>
      ((await response.json()) as { event_id: string }[]).map((letter) => letter.event_id);

    expect(await ids(first)).toEqual(['e4', 'e3']);
    expect(await ids(second)).toEqual(['e2', 'e1']);
  });

  test('shows one', async ({ box }) => {
    await box.post({ 'ce-id': 'e1' });
    const [letter] = await box.list();

    expect(await (await box.ask(`/dead-letters/${letter?.id}`)).json()).toEqual(letter);
  });

  test.for(['0', '99', 'abc', '-1', '9'.repeat(40)])('knows no letter %s', async (id, { box }) => {
    expect((await box.ask(`/dead-letters/${id}`)).status).toBe(404);
  });

  test.for([
    'limit=0',
    'limit=201',
    'limit=x',
    'cursor=abc',
    `cursor=${Buffer.from('["9".repeat(18)]').toString('base64url')}`,
  ])('refuses %s', async (query, { box }) => {
    expect((await box.ask(`/dead-letters?${query}`)).status).toBe(400);
  });
});
