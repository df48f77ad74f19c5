import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { onBoundary } from '../../lib/boundary.ts';
import type { Db } from '../../lib/db/connect.ts';
import { pass, standStill } from '../setup/clock.ts';
import { replayTest as test } from './dead-letter-box.ts';

const CLOSED = 'http://127.0.0.1:1/';

describe('a replay', () => {
  test('sends the same event once more, marked as the replay of its letter', async ({ box, desk }) => {
    const body = '{ "run_id":"7b0e6f7e-8f6e-4a53-9a55-0d1c32f4e8aa", "pipeline":"p", "n":1.50 }';
    await box.post(
      {
        'ce-id': 'e 1',
        'ce-type': 'dev.kubescribe.run.started',
        'ce-source': '/kubescribe/run-pipeline',
        'ce-subject': 'p/1',
        'ce-sequence': '11',
        'ce-knativebrokerttl': '255',
        'ce-knativeerrorcode': '503',
      },
      body,
    );
    const [letter] = await box.list();

    const response = await desk.replay(letter!.id);

    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/dead-letters/${letter!.id}`);
    expect(await response.json()).toMatchObject({
      replayed_at: expect.any(String),
      replays: [
        {
          asked_by: 'somebody by HTTP',
          why: 'mended',
          sends: 1,
          taken_at: expect.any(String),
          died_at: null,
        },
      ],
    });
    expect(desk.broker.sent).toMatchObject([
      {
        body,
        headers: {
          'content-type': 'application/json',
          'ce-specversion': '1.0',
          'ce-id': 'e 1',
          'ce-source': '/kubescribe/run-pipeline',
          'ce-type': 'dev.kubescribe.run.started',
          'ce-subject': 'p/1',
          'ce-sequence': '11',
          'ce-replayof': String(letter!.id),
        },
      },
    ]);
    expect(Object.keys(desk.broker.sent[0]!.headers).filter((name) => name.includes('knative'))).toEqual([]);
  });

  test('that dies again is counted on the same letter', async ({ box, desk }) => {
    const id = await desk.died({ 'ce-id': 'e1' });
    await desk.replay(id);

    await desk.died({ 'ce-id': 'e1', 'ce-replayof': String(id), 'ce-knativeerrorcode': '422' });

    expect(await box.list()).toMatchObject([
      { id, times: 2, death: 'poison', altered: null, replays: [{ died_at: expect.any(String) }] },
    ]);
  });

  test('is audited with who, why and which event', async ({ box, desk }) => {
    const id = await desk.died({ 'ce-id': 'e1' });

    await desk.replay(id, { why: 'the reader was mended' });

    expect(await box.db.selectFrom('audit').selectAll().execute()).toMatchObject([
      {
        actor: 'somebody by HTTP',
        action: 'dead-letter.replay',
        subject: String(id),
        why: 'the reader was mended',
        details: { event_id: 'e1', event_type: 'dev.kubescribe.run.started' },
      },
    ]);
  });

  test('that is only tried writes and sends nothing', async ({ box, desk }) => {
    const id = await desk.died();

    const response = await desk.replay(id, { why: 'looking', dry_run: true });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ explained: { replay: 'useful' }, replays: [] });
    expect(desk.broker.sent).toEqual([]);
    expect(await box.db.selectFrom('audit').selectAll().execute()).toEqual([]);
  });

  test.for([{}, { why: '' }, { why: 'a\u0000b' }, { why: 'x', more: 1 }])(
    'asked for with %j is refused',
    async (body, { desk }) => {
      const id = await desk.died();

      expect((await desk.replay(id, body)).status).toBe(400);
      expect(desk.broker.sent).toEqual([]);
    },
  );

  test.for(['0', '99', 'abc', '9'.repeat(40)])('knows no letter %s', async (id, { desk }) => {
    expect((await desk.replay(id)).status).toBe(404);
  });

  test.for([
    ['of another program', { 'ce-source': '/somebody' }, {}, 'no event of KubeScribe'],
    ['whose secrets were hidden', {}, { token: 'hunter2' }, 'such as secrets'],
    ['whose attributes were changed', { 'ce-dsn': 'postgres://u:hunter2@h' }, {}, 'such as secrets'],
    ['whose name was cut', { 'ce-id': 'x'.repeat(600) }, {}, 'too long'],
  ] as const)('of an event %s is refused', async ([, headers, data, why], { desk }) => {
    const id = await desk.died(headers, data);

    for (const dry_run of [true, false]) {
      const response = await desk.replay(id, { why: 'mended', dry_run });
      expect(response.status).toBe(409);
      expect((await response.json()) as object).toMatchObject({ detail: expect.stringContaining(why) });
    }
    expect(desk.broker.sent).toEqual([]);
  });

  test('of what was never sent so is refused', async ({ box, desk }) => {
    await box.db
      .insertInto('outbox')
      .values({
        id: 'e1',
        type: 'dev.kubescribe.run.started',
        source: '/kubescribe/run-pipeline',
        subject: 'p/1',
        data: '{"run_id": "another"}',
      })
      .execute();
    const id = await desk.died({ 'ce-id': 'e1' });

    expect((await desk.replay(id)).status).toBe(409);
  });

  test('has no door at the function that keeps and shows', async ({ box, desk }) => {
    const id = await desk.died();

    expect((await box.post({}, '{}', `/dead-letters/${id}/replay`)).status).toBe(404);
  });
});

describe('a replay that was accepted', () => {
  test('and not sent, as its function died, is sent by the sweep, once', async ({ box, desk }) => {
    const id = await desk.died();
    onBoundary((name, moment) => {
      if (name === 'replay-dead-letter' && moment === 'after') throw new Error('died');
    });
    await desk.replay(id).finally(() => onBoundary(undefined));
    const before = await box.list();

    await desk.sweep();
    await desk.sweep();

    expect(before).toMatchObject([{ replays: [{ sends: 0, tried_at: null, taken_at: null }] }]);
    // A sweep waits for the Broker's answer for a while only.
    await expect.poll(box.list).toMatchObject([{ replays: [{ sends: 1, taken_at: expect.any(String) }] }]);
    expect(desk.broker.sent.filter(({ headers }) => headers['ce-replayof'] === String(id))).toHaveLength(1);
  });

  test('stays visibly unsent while the Broker refuses, and is sent when it takes again', async ({
    box,
    desk,
    connect,
    runlog,
  }) => {
    const id = await desk.died();
    desk.broker.status = 500;

    const refused = await desk.replay(id);
    const second = await desk.replay(id);
    desk.broker.status = 202;
    await pass(await connect(runlog), '11 seconds');
    await desk.sweep();

    expect(await refused.json()).toMatchObject({ replays: [{ sends: 1, taken_at: null }] });
    expect(second.status).toBe(409);
    await expect.poll(box.list).toMatchObject([{ replays: [{ sends: 2, taken_at: expect.any(String) }] }]);
  });

  test('is accepted also while nothing answers at the Broker', async ({ desk }) => {
    const id = await desk.died();
    Object.defineProperty(desk.service, 'config', { value: { ...desk.service.config, broker: CLOSED } });

    const response = await desk.replay(id);

    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ replays: [{ sends: 1, taken_at: null }] });
  });

  test('is given up after a day', async ({ desk, connect, runlog }) => {
    const id = await desk.died();
    desk.broker.status = 500;
    await desk.replay(id);
    desk.broker.status = 202;

    await pass(await connect(runlog), '25 hours');
    await desk.sweep();

    expect(desk.broker.sent.filter(({ headers }) => headers['ce-replayof'])).toHaveLength(1);
    expect((await desk.replay(id)).status).toBe(202);
  });
});

describe('replays by filter', () => {
  test('are counted first, then done as expected, and leave the pointless and the refused', async ({
    box,
    desk,
  }) => {
    const useful = [await desk.died(), await desk.died()];
    await desk.died({ 'ce-source': '/somebody' });
    await desk.died({ 'ce-type': 'dev.kubescribe.run.continue' }, { checkpoint: 1 });
    await desk.died({}, { pipeline: 'other' });

    const preview = await desk.replayAll({ pipeline: 'p' }, { dry_run: true });
    const blind = await desk.replayAll({ pipeline: 'p' }, {});
    const wrong = await desk.replayAll({ pipeline: 'p' }, { expect: 3 });
    const none = desk.broker.sent.length;
    const done = await desk.replayAll({ pipeline: 'p' }, { expect: 2 });
    const again = await desk.replayAll({ pipeline: 'p' }, { dry_run: true });

    const counted = { matching: 4, useful: 2, pointless: 1, refused: 1, on_its_way: 0, replayed: useful };
    expect([preview.status, await preview.json()]).toEqual([200, { dry_run: true, ...counted }]);
    expect([blind.status, wrong.status, none]).toEqual([409, 409, 0]);
    expect([done.status, await done.json()]).toEqual([202, { dry_run: false, ...counted }]);
    expect(await again.json()).toMatchObject({ matching: 2, useful: 0, replayed: [] });
    expect(desk.broker.sent.map(({ headers }) => Number(headers['ce-replayof'])).sort()).toEqual(useful);
    expect(await box.db.selectFrom('audit').select('subject').execute()).toHaveLength(2);
  });

  test('take the oldest up to a limit', async ({ desk }) => {
    const [first] = [await desk.died(), await desk.died()];

    const response = await desk.replayAll({}, { expect: 2, limit: 1 });

    expect(await response.json()).toMatchObject({ useful: 2, replayed: [first] });
  });

  test('of more than a thousand are refused', async ({ box, desk }) => {
    await fill(box.db, 1001);

    expect((await desk.replayAll({}, { dry_run: true })).status).toBe(422);
  });
});

describe('the limit a minute', () => {
  test('holds for all callers together, says when there is room, and makes room', async ({
    box,
    desk,
    connect,
    runlog,
  }) => {
    await fill(box.db, 61);
    const client = await connect(runlog);
    await standStill(client);
    expect((await desk.replayAll({}, { expect: 61, limit: 59 })).status).toBe(202);
    await pass(client, '20 seconds');
    const id = await desk.died();

    const both = await Promise.all([
      desk.replay(id),
      desk.replayAll({ type: 'dev.kubescribe.run.started' }, { limit: 1, expect: 3 }),
    ]);
    const limited = await desk.replayAll({ replayed: false }, { dry_run: false, expect: 2 });
    const accepted = both.filter(({ status }) => status === 202);

    expect(accepted.length).toBe(1);
    expect(limited.status).toBe(429);
    expect(limited.headers.get('retry-after')).toBe('40');
    await pass(client, '40 seconds');
    expect((await desk.replayAll({}, { expect: 2 })).status).toBe(202);
  });
});

/** Dead letters of ours that are useful to replay. */
async function fill(db: Db, count: number): Promise<void> {
  await db
    .insertInto('dead_letters')
    .values(
      Array.from({ length: count }, () => {
        const data = JSON.stringify({ run_id: randomUUID(), pipeline: 'p' });
        return {
          event_source: '/kubescribe/run-pipeline',
          event_id: randomUUID(),
          event_type: 'dev.kubescribe.run.started',
          attributes: '{}',
          data,
          body: data,
          reason: 'test',
        };
      }),
    )
    .execute();
}
