import { expect } from 'vitest';
import { problem, test } from './doors.ts';

const ID = '11111111-2222-4333-8444-555555555555';

test('a list and a run that are known are not told again, until they change', async ({ open }) => {
  const { ask, db } = open();
  await db.insertInto('run_log').values({ run_id: ID, component: 'c' }).execute();
  for (const path of ['/runs', `/runs/${ID}`]) {
    const known = (await ask(path)).headers.get('etag') ?? '';
    const again = () => ask(path, { headers: { 'if-none-match': `"other", ${known}` } });
    const same = await again();

    await db.updateTable('run_log').set({ error_code: path }).where('run_id', '=', ID).execute();
    const changed = await again();

    expect(known).toMatch(/^W\/"/);
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', known]);
    expect(changed.status).toBe(200);
  }
});

test('?fields= gives these columns alone, the stack of an error by its name', async ({ open }) => {
  const { ask, db } = open();
  await db.insertInto('run_log').values({ component: 'c', error_stack: 'at' }).execute();

  const response = await ask('/runs?fields=component,error_stack&fields=status');

  expect(await response.json()).toEqual([{ component: 'c', error_stack: 'at', status: 'STARTED' }]);
});

test('?count=true tells how many there are, and no more than that there are over 1,000', async ({ open }) => {
  const { ask, db } = open();
  await db
    .insertInto('run_log')
    .values(Array.from({ length: 1001 }, (_, i) => ({ component: i < 7 ? 'few' : 'many' })))
    .execute();
  const count = async (query: string) => (await ask(`/runs?${query}`)).headers.get('x-total-count');

  expect(await count('count=true')).toBe('1000+');
  expect(await count('count=true&component=few&limit=2')).toBe('7');
  expect(await count('component=few')).toBeNull();
});

test.for<[string, string]>([
  ['colour=red', 'colour'],
  ['fields=run_id,secret', 'fields'],
  ['limit=1&limit=2', 'limit'],
  ['meta=[1]', 'meta'],
  ['meta={"a":"\\u0000"}', 'meta'],
  ['meta={"a":"\\ud800"}', 'meta'],
  ['tag=Two words', 'tag'],
  ['min_duration_ms=-1', 'min_duration_ms'],
  ['run_id=1', 'run_id'],
])('?%s is 400 and names "%s"', async ([query, name], { open }) => {
  const response = await open().ask(`/runs?${encodeURI(query)}`);

  expect(response.status).toBe(400);
  expect((await problem(response)).detail).toContain(`"${name}`);
});
