import { mirror } from '../../lib/ingest/mirror.ts';
import { arrive, createFeed, createThings, feedPipeline, shelves, things } from '../lib/ingest/feed.ts';
import { test as base, expect } from '../setup/product.ts';
import { settled } from '../setup/settled.ts';

/** A feed whose things and shelves were written by one run, and the doors. */
const test = base.extend('told', async ({ product, prod, report, runlog, connect }) => {
  const [source, target, ledger] = [await connect(prod), await connect(report), await connect(runlog)];
  await createFeed(source);
  await createThings(target);
  await arrive(
    source,
    { thing: 'lamp', value: '2' },
    { thing: 'chair', value: '3' },
    { thing: 'table', shelf: 'right' },
  );
  const made = await product({ pipelines: [feedPipeline('feed', [things(), shelves])] });
  const run = await made.start('feed');
  const passport = async (query: string) => {
    const response = await made.ask(`/passport?${query}`);
    return { status: response.status, told: await response.json() };
  };
  return { ...made, source, target, ledger, run, passport };
});

test('a row leads to its source, window, batch, task and run', async ({ told: { run, passport } }) => {
  expect(run.status).toBe('SUCCESS');
  const { status, told } = await passport('table=things&key=thing%3Dlamp');

  expect(status).toBe(200);
  expect(told).toMatchObject({
    table: 'things',
    key: { thing: 'lamp' },
    row: { thing: 'lamp', value: 2, shelf: 'left' },
    origin: {
      rank: 1,
      source: 'a',
      from: 'feed',
      source_id: '1',
      received_at: expect.stringMatching(/^2026-01-01/),
    },
    commit: {
      task: 'things',
      batch: 1,
      run_id: run.run_id,
      books: { read: 3 },
      window: { closed: true, last_id: '3' },
    },
    run: {
      run_id: run.run_id,
      pipeline: 'feed',
      status: 'SUCCESS',
      kind: 'person',
      slot: null,
      page: `/console/runs/${run.run_id}`,
    },
    sources: null,
    notes: [],
  });
});

test('the key is JSON, by name or in order, or a parameter a column', async ({ told: { passport } }) => {
  for (const key of ['key={"thing":"lamp"}', 'key=["lamp"]', 'key=thing=lamp'])
    expect([key, (await passport(`table=things&${key}`)).status]).toEqual([key, 200]);
  for (const [wrong, status] of [
    ['table=things', 400],
    ['key=thing=lamp', 400],
    ['table=things&key=', 400],
    ['table=things&key=value=2', 400],
    ['table=things&key=thing=lamp&key=value=2', 400],
    ['table=things&key={"thing":', 400],
    ['table=things&key={"thing":null}', 400],
    ['table=things&key=["lamp","more"]', 400],
    ['table=things&key=thing=%00', 400],
    ['table=things&key=thing=lamp&x=1', 400],
    ["table=things&key=thing=' or 1=1 --", 404],
    ['table=things&key=thing=nothing', 404],
    ['table=kubescribe.commits&key=commit_id=1', 404],
    ['table=wages&key=person=ada', 404],
  ] as const)
    expect([wrong, (await passport(wrong)).status]).toEqual([wrong, status]);
});

test('a row of a roll-up leads to the rows that it is made of, and to who wrote them', async ({
  told: { run, passport, ask },
}) => {
  const { told } = await passport('table=shelves&key=shelf%3Dleft');

  expect(told).toMatchObject({
    row: { shelf: 'left', total: 5, things: 2 },
    origin: null,
    sources: {
      table: 'things',
      rows: 2,
      commits: [{ rows: 2, task: 'things', batch: 1, run_id: run.run_id, pipeline: 'feed' }],
      sample: [{ key: { thing: 'chair' } }, { key: { thing: 'lamp' } }],
    },
    notes: [],
  });
  const [first] = (told as { sources: { sample: { passport: string }[] } }).sources.sample;
  expect((await ask(first?.passport ?? '')).status).toBe(200);
});

test('what was pruned is said', async ({ told: { target, passport } }) => {
  await target.query('delete from kubescribe.commits');

  const { told } = await passport('table=things&key=thing%3Dlamp');

  expect(told).toMatchObject({
    origin: { source_id: '1' },
    commit: null,
    run: null,
    notes: [expect.stringMatching(/pruned/)],
  });
});

test('what else was said of a key stands beside it, also where it has no row', async ({
  told: { ledger, run, passport },
}) => {
  await ledger.query(
    `insert into operation_logs.data_quality_errors (symbol, error_type, pipeline, run_id, rule, sample)
     values ('lamp', 'constraint_violation', 'feed', $1, 'rule.negative', '{"thing": "lamp", "value": -1}'),
            ('lamp', 'constraint_violation', 'other', $1, 'rule.negative', '{"thing": "lamp", "value": -2}'),
            ('gone', 'constraint_violation', 'feed', $1, 'rule.negative', '{"thing": "gone", "value": -3}')`,
    [run.run_id],
  );
  await ledger.query(
    `insert into operation_logs.dedup_conflicts (symbol, pipeline, run_id, existing_row, incoming_row)
     values ('lamp', 'feed', $1, '{"thing": "lamp", "value": 2}', '{"thing": "lamp", "value": 1}')`,
    [run.run_id],
  );

  const lamp = await passport('table=things&key=thing%3Dlamp');
  const gone = await passport('table=things&key=thing%3Dgone');

  expect(lamp.told).toMatchObject({
    siblings: [
      { class: 'data_quality_errors', rule: 'rule.negative', sample: { value: -1 } },
      { class: 'dedup_conflicts', incoming_row: { value: 1 } },
    ],
  });
  expect(gone).toMatchObject({ status: 200, told: { row: null, siblings: [{ sample: { value: -3 } }] } });
});

test('what a run refuses stands beside the row that it took, and among what the run saw', async ({
  told: { source, start, passport, ask },
}) => {
  await arrive(
    source,
    { thing: 'lamp', value: '-5' },
    { thing: 'chair', value: '7', source: 'b' },
    { thing: 'new', value: 'x' },
    { thing: 'exact', value: '12345678901234567890.50' },
  );
  await settled(source);
  const run = await start('feed');

  const lamp = await passport('table=things&key=thing%3Dlamp');
  const chair = await passport('table=things&key=thing%3Dchair');
  const saw = await (await ask(`/runs/${run.run_id}/operations`)).json();
  const refused = await (await ask(`/api/v1/operations/data_quality_errors?run_id=${run.run_id}`)).json();

  expect(await (await ask('/passport?table=things&key=thing=exact')).text()).toContain(
    '12345678901234567890.50,',
  );
  expect(lamp.told).toMatchObject({
    row: { value: 2 },
    siblings: [{ class: 'data_quality_errors', symbol: 'lamp', sample: { thing: 'lamp', value: -5 } }],
  });
  expect(chair.told).toMatchObject({
    row: { value: 3 },
    siblings: [{ class: 'authority_conflicts', source_a: 'a', source_b: 'b', preferred_source: 'a' }],
  });
  expect(saw).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ class: 'cast_errors', identities: 1, sightings: 1 }),
      expect.objectContaining({ class: 'authority_conflicts', identities: 1 }),
    ]),
  );
  expect(refused).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ symbol: 'lamp', sighting: expect.objectContaining({ batch: 1 }) }),
    ]),
  );
});

test('a row of a mirror leads to the copy that it is of', async ({ product, prod, report, connect }) => {
  await createFeed(await connect(prod));
  await arrive(await connect(prod), { thing: 'lamp' });
  await (await connect(report)).query(
    'create table copied (id bigint primary key, thing text, value text, shelf text, source text, received_at timestamptz)',
  );
  const { start, ask } = await product({
    pipelines: [feedPipeline('copies', [mirror({ from: 'feed', into: 'copied' })])],
  });
  const run = await start('copies');

  const told = await (await ask('/passport?table=copied&key=id%3D1')).json();

  expect(told).toMatchObject({
    row: { thing: 'lamp' },
    copy_of: 'feed',
    origin: null,
    commit: { task: 'copied', run_id: run.run_id },
    run: { pipeline: 'copies' },
    notes: [],
  });
});
