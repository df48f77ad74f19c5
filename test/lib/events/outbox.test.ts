import { randomUUID } from 'node:crypto';
import { describe, expect, vi } from 'vitest';
import { commit } from '../../../lib/boundary.ts';
import { loadConfig } from '../../../lib/config.ts';
import { openRunLog } from '../../../lib/db/connect.ts';
import { emit, markDone, type NewEvent } from '../../../lib/events/outbox.ts';
import { relay } from '../../../lib/events/relay.ts';
import { type Listening, listen } from '../../../lib/http/host.ts';
import { makeLog } from '../../../lib/http/service.ts';
import { test as base } from '../../setup/fixtures.ts';
import { until } from '../../setup/until.ts';

type Got = { headers: Record<string, string>; body: string };

/** An outbox, and a Broker that answers as it is told. */
const test = base.extend('outbox', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  const got: Got[] = [];
  const answer = vi.fn(async () => 202);
  const broker: Listening = await listen(
    async (request) => {
      got.push({ headers: Object.fromEntries(request.headers), body: await request.text() });
      return new Response(null, { status: await answer() });
    },
    { port: 0, host: '127.0.0.1' },
  );
  onCleanup(async () => {
    await broker.close();
    await db.destroy();
  });
  const config = { broker: `http://127.0.0.1:${broker.port}/` };
  const service = { runlog: db, config, log: makeLog(loadConfig({ LOG_LEVEL: 'silent' })) };
  return {
    db,
    got,
    answer,
    relay: (options?: { again: boolean }) => relay(service, options),
    emit: (event: NewEvent) => commit('test', db, (tx) => emit(tx, event)),
    done: (id: string) => commit('test', db, (tx) => markDone(tx, id)),
    rows: () => db.selectFrom('outbox').selectAll().execute(),
  };
});

const runId = randomUUID();
const requested: NewEvent<'run.requested'> = {
  name: 'run.requested',
  by: 'trigger',
  subject: `p/${runId}`,
  runId,
  checkpoint: 0,
  epoch: 3,
  data: { run_id: runId, pipeline: 'p', checkpoint: 0 },
};

describe('an event leaves', () => {
  test('as a CloudEvent in binary mode, with ASCII attributes and a sequence', async ({ outbox }) => {
    await outbox.emit(requested);
    await outbox.relay();
    await until(() => outbox.got.length > 0);

    const [{ headers, body } = { headers: {}, body: '' }] = outbox.got;
    expect(headers).toMatchObject({
      'content-type': expect.stringContaining('application/json'),
      'ce-specversion': '1.0',
      'ce-id': `p/${runId}:run.requested:0:3`,
      'ce-type': 'dev.kubescribe.run.requested',
      'ce-source': '/kubescribe/trigger',
      'ce-subject': `p/${runId}`,
      'ce-time': expect.stringMatching(/^\d{4}-.*Z$/),
      'ce-sequence': '30',
    });
    expect(JSON.parse(body)).toEqual(requested.data);
  });

  test('once, however often it is emitted, until it is sent again', async ({ outbox }) => {
    await outbox.emit(requested);
    await outbox.emit(requested);
    await outbox.relay();
    await outbox.relay();
    await until(() => outbox.got.length > 0);

    expect(outbox.got).toHaveLength(1);
    expect(await outbox.rows()).toMatchObject([{ sends: 1, done_at: null }]);
  });

  test('and is done when its consumer says so, once, not when the Broker has it', async ({ outbox }) => {
    await outbox.emit(requested);
    await outbox.relay();
    const [row] = await outbox.rows();

    expect(row?.done_at).toBeNull();
    expect(await outbox.done(row?.id ?? '')).toBe(true);
    expect(await outbox.done(row?.id ?? '')).toBe(false);
    expect(await outbox.done('unknown')).toBe(false);
  });

  test('and is done at 2xx when only others consume it', async ({ outbox }) => {
    await outbox.emit({ ...requested, name: 'run.started', data: { run_id: runId, pipeline: 'p' } });
    await outbox.relay();

    await until(async () => (await outbox.rows())[0]?.done_at);
  });

  test('and stays open when the Broker refuses it', async ({ outbox }) => {
    outbox.answer.mockResolvedValue(500);
    await outbox.emit({ ...requested, name: 'run.started', data: { run_id: runId, pipeline: 'p' } });
    await outbox.relay();

    expect(await outbox.rows()).toMatchObject([{ done_at: null, sends: 1 }]);
  });

  test('by one of several senders at once', async ({ outbox }) => {
    for (let checkpoint = 0; checkpoint < 20; checkpoint++) {
      await outbox.emit({ ...requested, checkpoint, data: { ...requested.data, checkpoint } });
    }
    await Promise.all([outbox.relay(), outbox.relay(), outbox.relay()]);
    await until(() => outbox.got.length >= 20);

    expect(new Set(outbox.got.map(({ headers }) => headers['ce-id'])).size).toBe(20);
    expect(outbox.got).toHaveLength(20);
  });
});

test('a slow Broker holds its sender up for 2 s, and the POST stays open', async ({ outbox }) => {
  const slow = Promise.withResolvers<number>();
  outbox.answer.mockReturnValue(slow.promise);
  await outbox.emit({ ...requested, name: 'run.started', data: { run_id: runId, pipeline: 'p' } });

  await outbox.relay();
  expect(await outbox.rows()).toMatchObject([{ done_at: null }]);
  slow.resolve(202);

  await until(async () => (await outbox.rows())[0]?.done_at);
});
