/** The watermark as people see it and change it: reset, how far it lies behind, and reconciles beside it. */
import { kubescribe } from '../../cli/command.ts';
import { opened } from '../../cli/opened.ts';
import { test as base, expect } from '../../setup/product.ts';
import { settled } from '../../setup/settled.ts';
import { until } from '../../setup/until.ts';
import {
  arrive,
  commits,
  createFeed,
  createThings,
  feedPipeline,
  readThings,
  shelves,
  things,
  winners,
} from './feed.ts';

/** Seconds: longer than the transactions of other tests, which hold back the horizon of the whole server. */
const SLOW = 2;

const test = base.extend('feed', async ({ prod, report, runlog, connect, product }) => {
  const [production, reports, ledger] = [await connect(prod), await connect(report), await connect(runlog)];
  await createFeed(production);
  await createThings(reports);
  const pipelines = [
    feedPipeline('feed', [things({ degradedAfter: SLOW }), shelves], {
      reconcile: { schedule: '30 3 * * *', timezone: 'UTC', most: 0.5 },
    }),
  ];
  const made = await product({ pipelines, weather: () => [0, 5] });
  const run = async (name = 'feed') => {
    await settled(production);
    return made.start(name);
  };
  /** Runs until it met no open transaction: those of other tests hold the horizon back too, and nobody says since when. */
  const calm = () =>
    until(async () => {
      const { rows } = await ledger.query(
        `select lag = interval '0' as is_calm from operation_logs.pipeline_watermarks where pipeline_name = 'feed'`,
      );
      if (rows[0]?.is_calm) return true;
      await run();
      return false;
    });
  return { production, reports, ledger, made, run, calm };
});

const linesOf = ({ logs }: Record<string, unknown>) =>
  (logs as { message: string }[]).map(({ message }) => message).join('\n');

test('a watermark that is reset makes the next run read all again, once, and the audit knows who wished it', async ({
  feed,
}) => {
  const { production, reports, ledger, made, run } = feed;
  await arrive(production, { thing: 'one' }, { thing: 'two' });
  await run();
  await reports.query(`delete from things where thing = 'one'`);
  expect(await run()).toMatchObject({ meta: { read: 0 } });

  const said = await kubescribe([
    ...['watermark', 'reset', 'feed', '--why', 'somebody deleted rows', '--url', await opened(made)],
  ]);

  expect(said).toMatchObject({ code: 0, stdout: 'The next run of feed reads everything again.\n' });
  const again = await run();
  expect(again).toMatchObject({ status: 'SUCCESS', meta: { read: 2, written: 1, unchanged: 1 } });
  expect(linesOf(again)).toContain('The watermark was reset: everything is read again.');
  expect(await run()).toMatchObject({ meta: { read: 0 } });
  expect(await readThings(reports)).toEqual(await winners(production));
  const { rows } = await ledger.query(
    `select subject, why, details ->> 'to' as how from audit where action = 'watermark.reset'`,
  );
  expect(rows).toEqual([{ subject: 'feed', why: 'somebody deleted rows', how: 'full' }]);
});

test('what has no watermark cannot be reset', async ({ feed }) => {
  const reset = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"why": "a test"}',
  };

  const answer = await feed.made.ask('/pipelines/feed-reconcile/watermark/reset', reset);

  expect(await answer.json()).toMatchObject({ status: 422, title: 'No watermark' });
});

test('a transaction that stays open holds the watermark back, and the pipeline is shown as degraded until it ends', async ({
  feed,
  prod,
  connect,
}) => {
  const { production, reports, ledger, run, made, calm } = feed;
  const slow = await connect(prod);
  await arrive(production, { thing: 'one' });
  await run();
  const shown = async () =>
    (
      await ledger.query(
        `select status, coalesce(lag > make_interval(secs => ${SLOW}), false) as lags from operation_logs.pipeline_watermarks where pipeline_name = 'feed'`,
      )
    ).rows[0];
  await calm();
  expect(await shown()).toEqual({ status: 'CURRENT', lags: false });
  await slow.query('begin');
  await arrive(slow, { thing: 'late' });
  await arrive(production, { thing: 'behind it' });
  await slow.query('select pg_sleep($1)', [SLOW + 0.1]);

  const held = await made.start('feed');

  expect(held).toMatchObject({ status: 'SUCCESS', meta: { read: 0 } });
  expect(linesOf(held)).toContain("The source's oldest transaction has been open for");
  expect(await shown()).toEqual({ status: 'DEGRADED', lags: true });
  await slow.query('commit');
  expect(await run()).toMatchObject({ meta: { read: 2 } });
  await calm();
  expect(await shown()).toEqual({ status: 'CURRENT', lags: false });
  expect((await commits(reports)).at(-1)).toMatchObject({ closed: true });
});

test('a pipeline is reconciled by one of its own, with slots of its own, also while its windows go on', async ({
  feed,
}) => {
  const { production, reports, made, run, calm } = feed;
  for (let i = 0; i < 40; i++) await arrive(production, { thing: `thing ${i % 25}`, value: String(i) });
  await run();
  await production.query(`delete from feed where id % 4 = 0; update feed set value = '99' where id % 5 = 0`);
  await arrive(production, { thing: 'new' });

  const both = await Promise.all(
    ['feed-reconcile', 'feed', 'feed-reconcile'].map((name) => made.start(name)),
  );
  const said = await kubescribe([
    ...['reconcile', 'feed', '--most', '0.4', '--why', 'a test', '--wait', '--url', await opened(made)],
  ]);
  const last = await run('feed-reconcile');

  expect([...both, last].map(({ status }) => status)).toEqual(Array(4).fill('SUCCESS'));
  expect(await readThings(reports)).toEqual(await winners(production));
  expect((await reports.query('select sum(things)::int as count from shelves')).rows).toEqual([
    { count: (await readThings(reports)).length },
  ]);
  expect(said).toMatchObject({ code: 0, stdout: expect.stringMatching(/feed-reconcile .* SUCCESS/) });
  expect(linesOf(last)).toContain('Reconciled: ');
  await calm();
  const shown = await (await made.ask('/pipelines/feed-reconcile')).json();
  expect(shown).toMatchObject({ reconciles: 'feed', file_schedule: { cron: '30 3 * * *' } });
  expect(await (await made.ask('/pipelines/feed')).json()).toMatchObject({
    reconciled_by: 'feed-reconcile',
    watermarks: [{ name: 'feed', status: expect.any(String), lag_ms: expect.any(Number) }],
  });
});
