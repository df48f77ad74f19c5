import { expect } from 'vitest';
import { ingest } from '../../../lib/ingest/ingest.ts';
import { rollup } from '../../../lib/ingest/rollup.ts';
import { looksLike, sameTable, wire } from '../../../lib/pipeline/wire.ts';
import { arrive, feedPipeline, type Params, shelves, spec } from '../ingest/feed.ts';
import { test } from '../ingest/run-task.ts';

const touchesOf = (task: { spec?: object } | undefined) =>
  task?.spec && 'touches' in task.spec ? task.spec.touches : undefined;
const daily = rollup<Params>({
  from: 'public.things',
  into: 'daily',
  by: { day: 'now()' },
  values: { n: 'count(*)' },
});

test('an ingest is told of every summary of its table, by whichever name, and of no other', () => {
  const other = rollup<Params>({ from: 'things_old', into: 'old', by: ['a'], values: { n: 'count(*)' } });
  const { tasks } = feedPipeline('p', [ingest(spec), shelves, daily, other]);

  expect(touchesOf(tasks[0])).toEqual([
    { target: 'shelves', by: { shelf: '"shelf"' } },
    { target: 'daily', by: { day: 'now()' } },
  ]);
});

test('what was told once is told anew, not added', () => {
  const once = wire([ingest<Params>(spec)], [daily]);

  expect(touchesOf(wire(once, [daily])[0])).toHaveLength(1);
});

test('a table without its schema may be one of public, or of any', () => {
  expect(sameTable('public.a', 'a')).toBe(true);
  expect(sameTable('shop.a', 'a')).toBe(false);
  expect(looksLike('shop.a', 'a')).toBe(true);
  expect(looksLike('shop.a', 'sales.a')).toBe(false);
});

test('two summaries of one table are both recomputed', async ({ feed }) => {
  const { production, reports, run } = feed;
  await reports.query('create table letters (letter text primary key, things int)');
  const letters = rollup<Params>({
    from: 'things',
    into: 'letters',
    by: { letter: 'left(thing, 1)' },
    values: { things: 'count(*)::int' },
  });
  await arrive(production, { thing: 'ab', shelf: 'left' }, { thing: 'ac', shelf: 'right' });
  const [task] = wire([ingest(spec)], [shelves, letters]);

  for (const each of [task, shelves, letters]) if (each) await run(each);

  expect((await reports.query('select shelf, things from shelves order by 1')).rows).toHaveLength(2);
  expect((await reports.query('select * from letters')).rows).toEqual([{ letter: 'a', things: 2 }]);
});
