import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect } from 'vitest';
import type { Db } from '../../lib/db/connect.ts';
import { test } from './dead-letter-box.ts';

const OURS = { 'ce-source': '/kubescribe/run-pipeline' };

describe('the explanation of a dead letter', () => {
  const explained = async (box: { list(): Promise<{ [column: string]: unknown }[]> }) =>
    (await box.list())[0]?.explained;

  test('of a slice says whether its run waits for it, has moved on, or has ended', async ({ box }) => {
    const run_id = randomUUID();
    const [headers, data] = sliceOf(run_id);
    await box.post({ ...headers, 'ce-knativeerrorcode': '503' }, data);
    const unknown = await explained(box);
    await live(box.db, run_id, 2);
    const waiting = await explained(box);
    await box.db
      .insertInto('outbox')
      .values(openRow(headers['ce-id'], run_id, data))
      .execute();
    const open = await explained(box);
    await box.db.updateTable('run_work').set({ checkpoint: 5 }).execute();
    const moved = await explained(box);
    await box.db.deleteFrom('run_work').execute();
    await box.db.updateTable('run_log').set({ status: 'SUCCESS', finished_at: sql<Date>`clock()` }).execute();
    const ended = await explained(box);

    expect(unknown).toEqual({
      for: `calls for the next slice of run ${run_id} of p`,
      taker: 'run-pipeline',
      died: 'Something that its subscriber needs was away at every delivery (503).',
      since: 'Nobody knows its run any more.',
      replay: 'pointless',
      because: 'nobody knows its run any more',
    });
    expect(waiting).toMatchObject({ replay: 'useful', because: 'its run still waits for it' });
    expect(open).toMatchObject({
      replay: 'useful',
      since: expect.stringContaining('the sweep sends it again by itself'),
    });
    expect(moved).toMatchObject({ replay: 'pointless', because: 'its run has moved on to checkpoint 5' });
    expect(ended).toMatchObject({ replay: 'pointless', because: 'its run has ended (SUCCESS)' });
  });

  test('of a tick, of what its schema refuses, and of news that were taken says that a replay is pointless', async ({
    box,
  }) => {
    await box.post({ 'ce-type': 'dev.knative.sources.ping', 'ce-tick': 'minute' });
    expect(await explained(box)).toMatchObject({ taker: 'sweep', replay: 'pointless' });

    await box.post({ ...OURS, 'ce-type': 'dev.kubescribe.run.failed' }, '{"run_id": 5}');
    expect(await explained(box)).toMatchObject({
      because: expect.stringContaining('would be refused again'),
    });

    await box.post(
      { ...OURS, 'ce-type': 'dev.kubescribe.slot.missed' },
      '{"pipeline":"p","slot":"s","gap":"g","why":"w"}',
    );
    expect(await explained(box)).toMatchObject({
      for: 'tells that p missed a slot',
      taker: 'notify',
      replay: 'pointless',
    });
  });

  test('quotes what the subscriber said on one line, cut, and without what is hidden', async ({ box }) => {
    const said = JSON.stringify({ detail: `a\u0007b\n\u202epassword=hunter2 ${'x'.repeat(900)}` });
    await box.post({
      'ce-knativeerrorcode': '422',
      'ce-knativeerrordata': Buffer.from(said).toString('base64'),
    });

    const { died } = (await explained(box)) as { died: string };
    expect(died).toMatch(/It said: “a b password=\[hidden\] x+”\.$/);
    expect(died.length).toBeLessThan(450);
  });
});

describe('the list of dead letters', () => {
  test('is filtered by each of what it knows, and by several', async ({ box }) => {
    const run_id = randomUUID();
    await box.post({ 'ce-id': 'plain' });
    await box.post({ 'ce-id': 'poison', 'ce-knativeerrorcode': '422' }, '{"pipeline": "p"}');
    await box.post({ ...sliceOf(run_id)[0], 'ce-id': 'slice' }, sliceOf(run_id)[1]);
    await box.db
      .updateTable('dead_letters')
      .set({ replayed_at: sql<Date>`clock()` })
      .where('event_id', '=', 'plain')
      .execute();
    const ids = async (query: string) => {
      const response = await box.ask(`/dead-letters?${query}`);
      expect(response.status).toBe(200);
      return ((await response.json()) as { event_id: string }[]).map(({ event_id }) => event_id);
    };

    expect(await ids('type=some.event')).toEqual(['poison', 'plain']);
    expect(await ids('reason=poison')).toEqual(['poison']);
    expect(await ids('pipeline=p')).toEqual(['slice', 'poison']);
    expect(await ids(`run_id=${run_id}`)).toEqual(['slice']);
    expect(await ids('overtaken=true')).toEqual(['slice']);
    expect(await ids('overtaken=false&replayed=false')).toEqual(['poison']);
    expect(await ids('replayed=true')).toEqual(['plain']);
    expect(await ids('from=2999-01-01T00:00:00Z')).toEqual([]);
    expect(await ids('to=2999-01-01T00:00:00Z&limit=1')).toEqual(['slice']);
  });

  test.for(['reason=x', 'overtaken=maybe', 'run_id=7', 'from=yesterday', 'type=%00'])(
    'refuses %s',
    async (query, { box }) => {
      expect((await box.ask(`/dead-letters?${query}`)).status).toBe(400);
    },
  );
});

const sliceOf = (run_id: string) =>
  [
    { ...OURS, 'ce-id': `c-${run_id}`, 'ce-type': 'dev.kubescribe.run.continue' },
    JSON.stringify({ run_id, pipeline: 'p', checkpoint: 2 }),
  ] as const;

async function live(db: Db, run_id: string, checkpoint: number): Promise<void> {
  await db.insertInto('pipelines').values({ name: 'p' }).execute();
  await db.insertInto('run_log').values({ run_id, component: 'p' }).execute();
  await db.insertInto('run_work').values({ run_id, pipeline: 'p', scope: 'p', checkpoint }).execute();
}

const openRow = (id: string, run_id: string, data: string) => ({
  id,
  type: 'dev.kubescribe.run.continue',
  source: OURS['ce-source'],
  subject: `p/${run_id}`,
  run_id,
  data,
});
