import type { Client } from 'pg';
import { expect } from 'vitest';
import type { IngestOptions } from '../../../lib/ingest/spec.ts';
import { test as productTest } from '../../setup/product.ts';
import { settled } from '../../setup/settled.ts';
import { arrive, createFeed, createThings, feedPipeline, things } from './feed.ts';
import { reconciling } from './reconciling.ts';
import { test } from './run-task.ts';

const under = (contract: NonNullable<IngestOptions['contract']>) => things({ contract });
const rows = async (reports: Client) =>
  (await reports.query('select to_jsonb(things) as row from things order by thing')).rows.map(
    ({ row }) => row,
  );

test('a new column is told once, and stays where it is unless the contract says otherwise', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'one' });
  expect(await run(things())).toMatchObject({ warnings: [] });
  await production.query(`alter table feed add column colour text default 'red'`);
  await arrive(production, { thing: 'two' });

  expect(await run(things())).toMatchObject({
    warnings: ['The columns of feed changed: "colour" new: not brought.'],
    books: { written: 1 },
  });
  expect(await run(things())).toMatchObject({ warnings: [] });
  expect((await rows(reports))[1]).not.toHaveProperty('colour');
});

test('a new column is brought as text from then on, also when the pipeline is read anew', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'one' });
  await run(under({ added: 'evolve' }));
  await production.query(`alter table feed add column "the colour" int, add column ks_odd int`);
  await arrive(production, { thing: 'two' });
  await production.query(`update feed set "the colour" = 7 where thing = 'two'`);

  const { warnings } = await run(under({ added: 'evolve' }));
  await production.query(`insert into feed (thing, value, "the colour") values ('three', '3', 8)`);
  expect(await run(under({ added: 'evolve' }))).toMatchObject({ warnings: [], books: { written: 1 } });

  expect(warnings).toEqual([
    'The columns of feed changed: "the colour" new: brought too, "ks_odd" new: not brought.',
  ]);
  expect(await rows(reports)).toMatchObject([
    { thing: 'one', 'the colour': null },
    { thing: 'three', 'the colour': '8' },
    { thing: 'two', 'the colour': '7' },
  ]);
  await production.query('alter table feed drop column "the colour"');
  await arrive(production, { thing: 'four' });
  expect(await run(under({ added: 'evolve' }))).toMatchObject({
    warnings: ['The columns of feed changed: "the colour" gone.'],
    books: { written: 1 },
  });
});

test('a new column that the target has already is brought as its type', async ({ feed }) => {
  const { production, reports, run } = feed;
  await run(under({ added: 'evolve' }));
  await production.query('alter table feed add column weight text');
  await reports.query('alter table things add column weight numeric');
  await production.query(
    `insert into feed (thing, value, weight) values ('one', '1', '2.50'), ('two', '1', 'x')`,
  );

  const done = await run(under({ added: 'evolve' }));

  expect(done).toMatchObject({ books: { written: 1, rejected_by: { 'cast.weight': 1 } } });
  expect(await rows(reports)).toMatchObject([{ thing: 'one', weight: 2.5 }]);
});

test('what is frozen refuses the run until the pipeline says what to do', async ({ feed }) => {
  const { production, run } = feed;
  await run(things());
  await production.query(`
    alter table feed add column colour text, alter value type int using value::int`);

  for (let round = 0; round < 2; round++)
    await expect(run(under({ added: 'freeze', changed: 'freeze' }))).rejects.toThrow(
      'The columns of feed changed: "value" was text and is integer, "colour" is new.',
    );

  const done = await run(under({ added: 'discard' }));
  expect(done.warnings).toEqual([
    'The columns of feed changed: "colour" new: not brought, "value" was text, is integer.',
  ]);
  expect(await run(under({ added: 'freeze', changed: 'freeze' }))).toMatchObject({ warnings: [] });
});

test('a table that is not there is told as that', async ({ feed }) => {
  const { production, run } = feed;
  await production.query('drop table feed');

  await expect(run(things())).rejects.toThrow('Production has no table feed with columns.');
});

test('a column that is gone refuses the run, rejects its rows, or is brought as nothing', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'one', shelf: 'left' });
  await run(things());
  await production.query('alter table feed drop column shelf');
  await production.query(`insert into feed (thing, value) values ('two', '2')`);

  await expect(run(things())).rejects.toThrow('"shelf" is gone');
  expect(await run(under({ changed: 'discard row' }))).toMatchObject({
    warnings: ['The columns of feed changed: "shelf" gone.'],
    books: { written: 0, rejected_by: { 'null.shelf': 1 } },
  });
  expect((await rows(reports)).map(({ thing }) => thing)).toEqual(['one']);
});

test('of a column that is retyped what cannot be read is left out, when the contract says so, from then on', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'one', value: '1' });
  await run(under({ changed: 'discard value' }));
  await arrive(production, { thing: 'two', value: 'x' });
  expect(await run(under({ changed: 'discard value' }))).toMatchObject({
    books: { rejected_by: { 'cast.value': 1 } },
  });
  await production.query('alter table feed alter value type varchar');
  await arrive(production, { thing: 'three', value: 'x' });

  expect(await run(under({ changed: 'discard value' }))).toMatchObject({
    warnings: ['The columns of feed changed: "value" was text, is character varying.'],
    books: { rejected: 0, written: 1, warned: 1 },
  });
  await arrive(production, { thing: 'four', value: 'y' });
  expect(await run(under({ changed: 'discard value' }))).toMatchObject({
    warnings: [],
    books: { written: 1, warned: 1 },
  });
  expect(await rows(reports)).toMatchObject([
    { thing: 'four', value: null },
    { thing: 'one', value: 1 },
    { thing: 'three', value: null },
  ]);
});

test('a reconcile goes by the columns that there are, and waits for the ingest when they changed', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  const contract = { added: 'evolve', changed: 'discard value' } as const;
  await arrive(production, { thing: 'one' }, { thing: 'two' });
  await run(under(contract));
  await production.query('alter table feed drop column shelf, add column colour text');

  expect(await run(reconciling({ contract }))).toMatchObject({
    warnings: ['The columns of feed changed: nothing is compared before its next ingest.'],
    books: { read: 0 },
  });
  await run(under(contract));
  await reports.query(`update things set colour = 'green' where thing = 'two'`);
  await production.query(`update feed set colour = 'red' where thing = 'one'`);
  await run(reconciling({ contract }));

  expect(await rows(reports)).toMatchObject([
    { thing: 'one', colour: 'red', shelf: null },
    { thing: 'two', colour: null, shelf: null },
  ]);
});

productTest(
  'whoever may not add a column says who may; what changed stays with the run',
  async ({ product, prod, report, connect }) => {
    const [production, reports] = [await connect(prod), await connect(report)];
    await createFeed(production);
    await createThings(reports);
    const { start, run } = await product({
      pipelines: [feedPipeline('feed', [under({ added: 'evolve' })]), feedPipeline('plain', [things()])],
    });
    await start('plain');
    await production.query('alter table feed add column colour text');
    await arrive(production, { thing: 'one' });
    await settled(production);

    expect(await start('feed')).toMatchObject({
      status: 'ERROR',
      error_code: 'MAY_NOT_EVOLVE',
      error_message: expect.stringContaining('alter table "things" add column "colour" text'),
    });
    const { run_id } = await start('plain');
    expect((await run(run_id)).tasks).toMatchObject([
      { meta: { source_columns: { colour: 'new: not brought' } } },
    ]);
  },
);
