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
