import type { Client } from 'pg';
import { Refusal, task } from '../../../lib/pipeline/task.ts';
import { test as base, expect } from '../../setup/product.ts';
import { settled } from '../../setup/settled.ts';
import { until } from '../../setup/until.ts';
import {
  arrive,
  commits,
  createFeed,
  createThings,
  feedPipeline,
  type Params,
  readThings,
  shelves,
  things,
  winners,
} from './feed.ts';

const failing = task<Params>('failing', async function* ({ params }) {
  if (params.fail) throw new Refusal('ASKED_TO', 'it was asked to fail');
  yield {};
});

const test = base.extend('feed', async ({ prod, report, connect, product }) => {
  const [production, reports] = [await connect(prod), await connect(report)];
  await createFeed(production);
  await createThings(reports);
  await createThings(reports, 'others');
  const pipelines = [
    feedPipeline('feed', [things(), failing, shelves]),
    feedPipeline('again', [things({ batchRows: 3 })]),
  ];
  const made = await product({ pipelines, weather: () => [0, 5] });
  const start = async (name: string, params = {}) => {
    await settled(production);
    return made.start(name, params);
  };
  return { production, reports, start, run: made.run };
});

test('groups that a failed run touched are summarised by the next', async ({ feed }) => {
  const { production, reports, start } = feed;
  await arrive(production, { thing: 'one' }, { thing: 'two' });
  expect(await start('feed', { fail: true })).toMatchObject({ status: 'ERROR', error_code: 'ASKED_TO' });

  expect(await start('feed')).toMatchObject({ status: 'SUCCESS', meta: { read: 0 } });

  expect((await reports.query('select shelf, things from shelves')).rows).toEqual([
    { shelf: 'left', things: 2 },
  ]);
});

test('two pipelines that write one table at once both do, and leave it right', async ({ feed }) => {
  const { production, reports, start } = feed;
  for (let i = 0; i < 30; i++) await arrive(production, { thing: `thing ${i % 20}`, value: String(i) });

  const runs = await Promise.all([start('feed'), start('again')]);

  expect(runs.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
  expect(await readThings(reports)).toEqual(await winners(production));
});

test('a row that disappears between reading and the books turns the run red', async ({ feed }) => {
  const { production, reports, start } = feed;
  await arrive(production, { thing: 'one' }, { thing: 'hidden' }, { thing: 'two' });
  await hide(reports, 'hidden');

  expect(await start('feed')).toMatchObject({
    status: 'ERROR',
    error_code: 'BOOKS_DO_NOT_BALANCE',
    error_message:
      'Batch 1 of task "things" read 3 rows and accounts for 2: written 2, unchanged 0, deduped 0, rejected 0, failed 0.',
  });
});

test('a run whose rows are too bad keeps what it had and says how bad', async ({ feed }) => {
  const { production, reports, start } = feed;
  await arrive(production, { thing: 'good' }, { thing: 'bad', value: '-1' });

  expect(await start('feed', { maxRejected: 0 })).toMatchObject({
    status: 'ERROR',
    error_code: 'TOO_MANY_REJECTED',
    error_message: expect.stringContaining('1 of 2 rows of feed were rejected (50.00 %)'),
  });
  expect(await commits(reports)).toEqual([]);
});

test('a source that lags ends the run well, with a line that says so', async ({ feed }) => {
  const { production, reports, start, run } = feed;
  await arrive(production, { thing: 'one' });
  await start('feed');
  await reports.query('update kubescribe.commits set horizon = horizon + 100000');

  const lagging = await start('feed');

  expect(lagging).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  expect(JSON.stringify((await run(lagging.run_id)).logs)).toContain('standby that lags');
});

test('copying that the report database refuses ends the run at once, and frees the turn', async ({
  feed,
}) => {
  const { production, reports, start } = feed;
  await production.query(`
    drop table feed;
    create table feed (id bigint primary key, thing text, value text, shelf text, source text, received_at text);
    insert into feed
    select n, n, '1', repeat('wide', 2000), 'a', 'no time' from generate_series(1, 2000) n`);

  const run = await start('feed');

  expect(run).toMatchObject({ status: 'ERROR', error_code: 'SQL_22007' });
  const turns = `select from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())`;
  await until(async () => (await reports.query(turns)).rowCount === 0);
});

/** A fault that no books should miss: a written row is swallowed. */
async function hide(report: Client, thing: string): Promise<void> {
  await report.query(`
    create function swallow() returns trigger language plpgsql as 'begin return null; end';
    create trigger swallow before insert on things for each row when (new.thing = '${thing}') execute function swallow()`);
}
