import { expect, test } from 'vitest';
import { withReconciles } from '../../../lib/pipeline/with-reconciles.ts';
import { feedPipeline, shelves, things } from '../ingest/feed.ts';

const named = (name: string, tasks = [things(), shelves]) =>
  feedPipeline(name, tasks, { timezone: 'Asia/Tokyo', reconcile: { schedule: '30 3 * * *', most: 0.2 } });

test('a pipeline that says so is followed by the one that reconciles it, once', () => {
  const both = withReconciles(withReconciles([named('feed'), feedPipeline('other', [shelves])]));

  expect(both.map(({ name }) => name)).toEqual(['feed', 'feed-reconcile', 'other']);
  expect(both[1]).toMatchObject({
    reconciles: 'feed',
    schedule: { cron: '30 3 * * *', timezone: 'Asia/Tokyo' },
    tasks: [{ name: 'things', movesRows: true }, { name: 'shelves' }],
  });
  expect(both[1]?.params.parse({})).toEqual({ most: 0.2 });
});

test('a table that another ingest writes too is not reconciled: its rows would be taken for deleted ones', () => {
  expect(() => withReconciles([named('feed'), feedPipeline('other', [things({ name: 'more' })])])).toThrow(
    'Pipeline "feed": "things" is also written by "more" of "other", so it cannot be reconciled.',
  );
});

test.for([
  [{ most: 1.5 }, 'reconcile.most is a share from 0 to 1.'],
  [{ schedule: '61 * * * *' }, 'reconcile: '],
] as const)('what cannot work is refused: %j', ([reconcile, why]) => {
  expect(() => feedPipeline('feed', [things()], { reconcile })).toThrow(`Pipeline "feed": ${why}`);
});

test('a pipeline without an ingest, or with too long a name, is not reconciled', () => {
  expect(() => named('feed', [shelves])).toThrow('there is no ingest that could be reconciled.');
  expect(() => named('a'.repeat(54))).toThrow(
    'a name of more than 53 characters has no room for -reconcile.',
  );
});
