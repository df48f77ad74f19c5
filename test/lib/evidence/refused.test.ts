import type { Client } from 'pg';
import { expect } from 'vitest';
import { arrive, readThings, things } from '../ingest/feed.ts';
import { test } from '../ingest/run-task.ts';

const refusals = async (reports: Client) =>
  (
    await reports.query(
      `select symbol, detail ->> 'error_code' as code, detail ->> 'rule' as rule, detail ->> 'error_detail' as says
         from kubescribe.evidence where class = 'upsert_failures' order by 1`,
    )
  ).rows;

const MANY = `insert into feed (thing, value) select 'thing ' || n, n::text from generate_series(1, 300) n`;

test('rows that the target refuses are found, the others are written', async ({ feed }) => {
  const { production, reports, run } = feed;
  await reports.query(`
    create table allowed (shelf text primary key);
    insert into allowed values ('left');
    alter table things add constraint no_thirteen check (value <> 13),
      add constraint on_a_shelf foreign key (shelf) references allowed deferrable initially deferred,
      alter thing type varchar(20);
    create function hate() returns trigger language plpgsql as
      $$ begin if new.value = 77 then raise exception 'seventy-seven!'; end if; return new; end $$;
    create trigger hate before insert or update on things for each row execute function hate()`);
  await production.query(MANY);
  await arrive(production, { thing: 'nowhere', shelf: 'right' }, { thing: 'long '.repeat(5) });

  expect((await run(things())).books).toMatchObject({
    read: 302,
    written: 298,
    failed: 4,
    rejected: 0,
    evidence: { upsert_failures: 4 },
  });
  expect(await refusals(reports)).toEqual([
    {
      symbol: 'long '.repeat(5),
      code: '22001',
      rule: null,
      says: 'value too long for type character varying(20)',
    },
    {
      symbol: 'nowhere',
      code: '23503',
      rule: 'on_a_shelf',
      says: 'insert or update on table "things" violates foreign key constraint "on_a_shelf"',
    },
    {
      symbol: 'thing 13',
      code: '23514',
      rule: 'no_thirteen',
      says: 'new row for relation "things" violates check constraint "no_thirteen"',
    },
    { symbol: 'thing 77', code: 'P0001', rule: null, says: 'seventy-seven!' },
  ]);
});

test('of two rows that exclude each other the first is taken', async ({ feed }) => {
  const { production, reports, run } = feed;
  await reports.query('alter table things add constraint one_a_value unique (value)');
  await arrive(
    production,
    { thing: 'a', value: '1' },
    { thing: 'b', value: '1' },
    { thing: 'c', value: '2' },
  );

  expect((await run(things())).books).toMatchObject({ written: 2, failed: 1 });
  expect(await refusals(reports)).toMatchObject([{ symbol: 'b', code: '23505', rule: 'one_a_value' }]);
});

for (const batchRows of [1, 100])
  test(`where the best row of a key is refused the next best is written, in batches of ${batchRows}`, async ({
    feed,
  }) => {
    const { production, reports, run } = feed;
    await reports.query('alter table things add check (value < 100)');
    await arrive(
      production,
      { thing: 'a', value: '1' },
      { thing: 'a', value: '100' },
      { thing: 'a', value: '0', source: 'b' },
    );

    const { books } = await run(things({ batchRows }));

    expect(books).toMatchObject({
      read: 3,
      failed: 1,
      evidence: { upsert_failures: 1, authority_conflicts: 1 },
    });
    expect(await readThings(reports)).toMatchObject([{ thing: 'a', value: '1', id: '1' }]);
  });

test('a target that refuses everything is not asked about each row', async ({ feed }) => {
  const { production, reports, run } = feed;
  await reports.query('alter table things add constraint never check (false)');
  await production.query(`insert into feed (thing) select 'thing ' || n from generate_series(1, 1500) n`);

  await expect(run(things())).rejects.toMatchObject({
    code: 'TARGET_REFUSES',
    message: expect.stringContaining('things refuses more than 1000 rows'),
  });
});
