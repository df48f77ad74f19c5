import { expect, test } from 'vitest';
import { problem, RUN_ID } from './answers.ts';
import { kubescribe, serve } from './command.ts';

const OTHER = '0192f3c4-5d6e-7f80-9123-000000000002';
const told = (fate: string, more: object = {}) => ({
  json: {
    bulk_id: null,
    count: 1,
    left: 0,
    runs: [{ run_id: RUN_ID, component: 'bars\u001b[31m', fate, ...more }],
  },
});

test('cancel --all looks first, then does it to as many, and goes on while some are left', async () => {
  const left = { json: { bulk_id: OTHER, count: 1, left: 1, runs: [] } };
  const course = [told('matched'), left, told('ended')];
  const { url, asked } = await serve((_, nth) => course[nth] ?? {});

  const args = ['cancel', '--all', '--component', 'bars', '--from', '2026-11-20', '--why', 'a leak', '--yes'];
  const { code, stdout } = await kubescribe([...args, '--url', url]);

  expect([code, asked.map((one) => one.url)]).toEqual([0, Array(3).fill('/runs/cancel')]);
  const filter = { component: 'bars', from: '2026-11-20T00:00:00.000Z' };
  expect(asked.map(({ body }) => JSON.parse(body))).toEqual([
    { filter, dry_run: true },
    { filter, expect: 1, why: 'a leak' },
    { filter, expect: 1, why: 'a leak' },
  ]);
  const keys = asked.map(({ headers }) => headers['idempotency-key']);
  expect(keys[1]).toBeTruthy();
  expect([keys[0], keys[2]]).toEqual([undefined, keys[1]]);
  expect(stdout).toMatch(new RegExp(`^${RUN_ID} +bars\\\\x1b\\[31m +ended`, 'm'));
});

test('replay --all --dry-run only shows; refused runs are exit code 1', async () => {
  const { url, asked } = await serve((_, nth) =>
    nth < 2 ? told('matched') : told('refused', { why: 'unfit' }),
  );
  const args = ['replay', '--all', '--status', 'error', '--url', url];

  const dry = await kubescribe([...args, '--dry-run']);
  const done = await kubescribe([...args, '--why', 'mended', '--yes', '-o', 'json']);

  expect(dry).toMatchObject({ code: 0, stderr: '1 run.\n' });
  expect(asked).toHaveLength(3);
  expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ filter: { status: 'ERROR' }, dry_run: true });
  expect(done.code).toBe(1);
  expect(JSON.parse(done.stdout)).toMatchObject({ runs: [{ fate: 'refused' }] });
});

test('without a terminal it asks for --yes; what changed meanwhile is an error', async () => {
  const { url, asked } = await serve((_, nth) =>
    nth < 2 ? told('matched') : problem(409, 'Other runs than expected', '1 was expected.'),
  );
  const args = ['cancel', '--all', '--why', 'x', '--url', url];

  const unsure = await kubescribe(args);
  const changed = await kubescribe([...args, '--yes']);

  expect(unsure).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Cancel 1 run? Say --yes'),
  });
  expect(changed).toMatchObject({ code: 1, stderr: expect.stringContaining('Other runs than expected') });
  expect(asked).toHaveLength(3);
});

test.for([
  [['cancel'], 'Name the run'],
  [['cancel', RUN_ID, '--all', '--why', 'x'], 'not both'],
  [['cancel', RUN_ID, '--component', 'bars'], '--component goes with --all'],
  [['cancel', '--all'], '--all needs --why'],
  [['replay', '--all', '--why', 'x', '--wait'], 'waits for none'],
] as const)('%s is a usage error', async ([args, says]) => {
  const ended = await kubescribe([...args, '--url', 'http://127.0.0.1:1']);

  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
});
