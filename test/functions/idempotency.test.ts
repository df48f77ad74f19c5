import { describe, expect } from 'vitest';
import { problem, test } from './doors.ts';

describe('an Idempotency-Key', () => {
  test('gives the same run for the same request, quoted or bare, with nested params in any order', async ({
    open,
  }) => {
    const { trigger } = open();
    const body = { pipeline: 'choosy', params: { deep: { b: 1, aa: [{ d: 2, c: 3 }] }, symbol: 'X' } };
    const turned = { params: { symbol: 'X', deep: { aa: [{ c: 3, d: 2 }], b: 1 } }, pipeline: 'choosy' };

    const answers = [
      await trigger(body, { 'idempotency-key': 'k1' }),
      await trigger(body, { 'idempotency-key': '"k1"' }),
      await trigger(turned, { 'idempotency-key': 'k1' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
  });

  test.for([{ pipeline: 'choosy', params: { symbol: 'Y' } }, { pipeline: 'plain' }])(
    'with another request %o is 422',
    async (other, { open }) => {
      const { trigger } = open();
      await trigger({ pipeline: 'choosy', params: { symbol: 'X' } }, { 'idempotency-key': 'k1' });

      const response = await trigger(other, { 'idempotency-key': 'k1' });

      expect(response.status).toBe(422);
      await problem(response);
    },
  );

  test('that comes ten times at once makes one run', async ({ open }) => {
    const { trigger, db } = open();

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => trigger({ pipeline: 'plain' }, { 'idempotency-key': 'k1' })),
    );

    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(await db.selectFrom('run_log').select('run_id').execute()).toHaveLength(1);
  });

  test('that comes at once for two pipelines makes one run and one 422', async ({ open }) => {
    const { trigger, db } = open();

    const answers = await Promise.all(
      ['plain', 'single', 'plain', 'single'].map((pipeline) =>
        trigger({ pipeline }, { 'idempotency-key': 'k1' }),
      ),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 422, 422]);
    expect(await db.selectFrom('run_requests').select('run_id').execute()).toHaveLength(1);
  });
});

describe('the answer under an Idempotency-Key', () => {
  const key = (value: string) => ({ 'idempotency-key': value });

  test('is the first one again, to the letter, whatever became of the run', async ({ open }) => {
    const { trigger, db } = open();
    const first = await trigger({ pipeline: 'plain', why: 'a trial' }, key('k1'));
    const text = await first.text();
    await db.updateTable('run_work').set({ deaths: 2, checkpoint: 7 }).execute();

    const second = await trigger({ why: 'a trial', pipeline: 'plain' }, key('k1'));

    expect([second.status, await second.text()]).toEqual([202, text]);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
  });

  test('is the same for twenty at once, of whom one was first', async ({ open }) => {
    const { trigger, db } = open();

    const answers = await Promise.all(Array.from({ length: 20 }, () => trigger({}, key('k1'))));

    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(texts).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(202));
    expect(answers.filter(({ headers }) => !headers.get('idempotent-replayed'))).toHaveLength(1);
    expect(await db.selectFrom('run_requests').select('run_id').execute()).toHaveLength(1);
  });

  test('is also that it was skipped', async ({ open }) => {
    const { trigger, db } = open();
    await trigger({ pipeline: 'single' });
    const wish = [{ pipeline: 'single' }, key('k1')] as const;

    const [first, second] = [await trigger(...wish), await trigger(...wish)];

    expect([first.status, second.status]).toEqual([409, 409]);
    const { run } = await problem(first);
    expect(await problem(second)).toMatchObject({ title: 'Run skipped', run });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await db.selectFrom('run_requests').select('run_id').execute()).toHaveLength(2);
  });

  test.for([{ pipeline: 'plain', why: 'another' }, { pipeline: 'plain', tags: ['another'] }, {}])(
    'is refused to another wish: %o',
    async (other, { open }) => {
      const { trigger } = open();
      await trigger({ pipeline: 'plain' }, key('k1'));

      expect((await trigger(other, key('k1'))).status).toBe(422);
    },
  );

  test('that was never given, for the params did not fit, takes no key', async ({ open }) => {
    const { trigger } = open();

    const wrong = await trigger({ pipeline: 'choosy', params: { symbol: 'TOO LONG' } }, key('k1'));
    const right = await trigger({ pipeline: 'choosy', params: { symbol: 'X' } }, key('k1'));

    expect([wrong.status, right.status]).toEqual([400, 202]);
  });

  test('goes with its run', async ({ open }) => {
    const { trigger, db } = open();
    const first = await trigger({ pipeline: 'plain' }, key('k1'));
    for (const table of ['run_work', 'run_log', 'run_requests'] as const)
      await db.deleteFrom(table).execute();

    const second = await trigger({ pipeline: 'choosy' }, key('k1'));

    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.headers.get('idempotent-replayed')).toBeNull();
  });
});
