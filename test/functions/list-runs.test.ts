import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { type Doors, problem, test } from './doors.ts';

const Runs = z.array(z.looseObject({ run_id: z.string(), started_at: z.string() }));
const next = (response: Response) => /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
const ids = async (response: Response) => Runs.parse(await response.json()).map(({ run_id }) => run_id);

/** Runs as others write them, the newest last. */
async function record(db: Doors['db'], ...columns: Partial<Record<string, unknown>>[]): Promise<string[]> {
  const rows = columns.map((more, i) => ({
    run_id: randomUUID(),
    component: 'c',
    started_at: new Date(1e12 + i),
    ...more,
  }));
  await db.insertInto('run_log').values(rows).execute();
  return rows.map(({ run_id }) => run_id);
}

describe('GET /runs', () => {
  test('without runs is an empty array', async ({ open }) => {
    const response = await open().ask('/runs');

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('link')).toBeNull();
    expect(await response.json()).toEqual([]);
  });

  test('lists the newest first with these columns, foreign rows too', async ({ open }) => {
    const { ask, db } = open();
    const [foreign] = await record(db, { trigger: null, source: null, meta: null });
    const [ours] = await record(db, {
      started_at: new Date(2e12),
      finished_at: new Date(2e12 + 1500),
      status: 'ERROR',
      trigger: 'api',
      source: 'ci',
      error_code: 'E',
      error_message: 'm',
      error_stack: 'never in a list',
      meta: '{"read":5}',
    });

    expect(await (await ask('/runs')).json()).toEqual([
      {
        run_id: ours,
        status: 'ERROR',
        started_at: '2033-05-18T03:33:20.000Z',
        finished_at: '2033-05-18T03:33:21.500Z',
        duration_ms: 1500,
        component: 'c',
        trigger: 'api',
        source: 'ci',
        error_code: 'E',
        error_message: 'm',
        meta: { read: 5 },
        tags: [],
      },
      expect.objectContaining({
        run_id: foreign,
        status: 'STARTED',
        trigger: null,
        source: null,
        meta: null,
      }),
    ]);
  });

  test.for([
    ['component=a', { component: 'a' }],
    ['status=TIMEOUT', { status: 'TIMEOUT' }],
    ['trigger=cron', { trigger: 'cron' }],
    ['source=k8s', { source: 'k8s' }],
    ['component=a&status=TIMEOUT', { component: 'a', status: 'TIMEOUT' }],
    ['from=2020-01-01T00:00:00Z', { started_at: new Date('2020-01-01') }],
    ['from=2019-12-31T23:00:00-01:00&to=2020-01-01T00:00:00.001Z', { started_at: new Date('2020-01-01') }],
  ] as const)('?%s takes only what fits', async ([query, fits], { open }) => {
    const { ask, db } = open();
    const [, wanted] = await record(db, { started_at: new Date('2019-12-31') }, fits, {
      started_at: new Date('2019-12-30'),
    });

    expect(await ids(await ask(`/runs?${query}`))).toEqual([wanted]);
  });

  test('?to= takes what is before, and not what is at that instant', async ({ open }) => {
    const { ask, db } = open();
    const [before] = await record(db, { started_at: new Date(999) }, { started_at: new Date(1000) });

    expect(await ids(await ask('/runs?to=1970-01-01T00:00:01Z'))).toEqual([before]);
  });

  test.for([
    'limit=0',
    'limit=201',
    'limit=-1',
    'limit=1.5',
    'limit=ten',
    'status=success',
    'trigger=CRON',
    'source=laptop',
    'from=yesterday',
    'to=2020-01-01',
    'component=%00',
    'cursor=abc',
    `cursor=${Buffer.from('["1","00000000-0000-4000-8000-000000000000"]').toString('base64url')}`,
    `cursor=${Buffer.from('["2020-13-41 25:00:00+00","00000000-0000-4000-8000-000000000000"]').toString('base64url')}`,
    `cursor=${Buffer.from('["<",["0000-01-01T00:00:00Z","00000000-0000-4000-8000-000000000000"]]').toString('base64url')}`,
    `cursor=${Buffer.from('["2020-01-01T00:00:00Z","x"]').toString('base64url')}`,
  ])('?%s is 400', async (query, { open }) => {
    const response = await open().ask(`/runs?${query}`);

    expect(response.status).toBe(400);
    await problem(response);
  });

  test('a wrong parameter is named', async ({ open }) => {
    expect(await problem(await open().ask('/runs?limit=0'))).toMatchObject({
      errors: [{ parameter: 'limit', detail: expect.any(String) }],
    });
  });

  test('HEAD answers as GET does', async ({ open }) => {
    expect((await open().ask('/runs', { method: 'HEAD' })).status).toBe(200);
  });
});

describe('paging', () => {
  test('the default page has 50 runs, a page of 200 is taken', async ({ open }) => {
    const { ask, db } = open();
    await record(db, ...Array.from({ length: 210 }, () => ({})));

    expect(await ids(await ask('/runs'))).toHaveLength(50);
    expect(await ids(await ask('/runs?limit=200'))).toHaveLength(200);
  });

  test('the last page has no next, also when it is full', async ({ open }) => {
    const { ask, db } = open();
    await record(db, {}, {}, {});

    expect(next(await ask('/runs?limit=3'))).toBeUndefined();
  });

  test('a next page keeps the filters', async ({ open }) => {
    const { ask, db } = open();
    const [a1, , a2] = await record(db, { component: 'a b' }, { component: 'c' }, { component: 'a b' });

    const first = await ask('/runs?component=a%20b&limit=1');
    const second = await ask(next(first) ?? '');

    expect([...(await ids(first)), ...(await ids(second))]).toEqual([a2, a1]);
    expect(next(second)).toBeUndefined();
  });

  test('a page may end at a run with an id of no version', async ({ open }) => {
    const { ask, db } = open();
    const odd = '11111111-2222-0333-0444-555555555555';
    const [older] = await record(db, {}, { run_id: odd });

    const first = await ask('/runs?limit=1');

    expect(await ids(first)).toEqual([odd]);
    expect(await ids(await ask(next(first) ?? ''))).toEqual([older]);
  });

  test('each run comes exactly once while others begin and end, equal times and foreign ids included', async ({
    open,
  }) => {
    const { ask, db } = open();
    const micros = (i: number) =>
      sql<Date>`'2020-01-01T00:00:00Z'::timestamptz + ${i} * interval '1 microsecond'`;
    const there = await record(
      db,
      ...Array.from({ length: 40 }, (_, i) => ({ started_at: micros(i % 4) })),
      { run_id: '00000000-0000-0000-0000-00000000000f', started_at: micros(1) },
      { run_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff', started_at: micros(1) },
    );

    const seen: string[] = [];
    for (let path: string | undefined = '/runs?limit=7'; path; ) {
      const response = await ask(path);
      expect(response.status).toBe(200);
      seen.push(...(await ids(response)));
      path = next(response);
      await record(db, { started_at: sql`clock()` }, { started_at: sql`clock()` });
      await db
        .updateTable('run_log')
        .set({ status: 'SUCCESS' })
        .where('run_id', '=', there.pop() ?? '')
        .execute();
      there.unshift(...seen.filter((id) => !there.includes(id)));
    }

    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.sort()).toEqual([...new Set(there)].sort());
  });
});
