import type { Client } from 'pg';
import { expect } from 'vitest';
import type { IngestOptions } from '../../../lib/ingest/spec.ts';
import { arrive, spec, things } from '../ingest/feed.ts';
import { test } from '../ingest/run-task.ts';

const evidenceOf = async (reports: Client) =>
  (
    await reports.query(
      `select class, coalesce(detail ->> 'rule', detail ->> 'column_name') as of, detail ->> 'policy' as policy,
              detail ->> 'source_id' as id from kubescribe.evidence order by 4, 2`,
    )
  ).rows;

const held = async (reports: Client) =>
  (await reports.query('select thing, value::text from things order by 1')).rows.map(
    ({ thing, value }) => `${thing} ${value}`,
  );

const ruled = (onReject: NonNullable<IngestOptions['onReject']>) =>
  things({ rules: { negative: 'value < 0', large: 'value > 100' }, onReject });

test('a row that is warned of is written, and its evidence kept', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'a', value: '-1' }, { thing: 'b', value: '1' });
  const task = ruled({ per: { 'rule.negative': 'warn' } });

  expect((await run(task)).books).toMatchObject({
    read: 2,
    written: 2,
    rejected: 0,
    warned: 1,
    warned_by: { 'rule.negative': 1 },
  });
  expect(await held(reports)).toEqual(['a -1', 'b 1']);
  const once = [{ class: 'data_quality_errors', of: 'rule.negative', policy: 'warn', id: '1' }];
  expect(await evidenceOf(reports)).toEqual(once);

  // Read again it is unchanged, and warned of again.
  await reports.query('truncate kubescribe.evidence, kubescribe.commits');
  expect((await run(task)).books).toMatchObject({ unchanged: 2, warned: 1 });
  expect(await evidenceOf(reports)).toEqual(once);
});

test('a value that cannot be read is left out where that is only warned of', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'a', value: 'many' });

  expect((await run(ruled({ per: { 'cast.value': 'warn' } }))).books).toMatchObject({
    written: 1,
    warned: 1,
  });
  expect(await held(reports)).toEqual(['a null']);
  expect(await evidenceOf(reports)).toEqual([{ class: 'cast_errors', of: 'value', policy: 'warn', id: '1' }]);
});

test('a row in quarantine is kept whole, once, until it comes in order', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(
    production,
    { thing: 'a', value: '-1' },
    { thing: 'b', value: '200' },
    { thing: 'c', value: 'x' },
  );
  const task = ruled({ policy: 'quarantine', per: { 'rule.large': 'reject' } });
  const quarantined = async () =>
    (await reports.query('select source_id::int, target, rules, row from kubescribe.quarantine order by 1'))
      .rows;
  const first = [
    {
      source_id: 1,
      target: 'things',
      rules: ['rule.negative'],
      row: { thing: 'a', value: -1, shelf: 'left' },
    },
    { source_id: 3, target: 'things', rules: ['cast.value'], row: { thing: 'c', value: 'x', shelf: 'left' } },
  ];

  expect((await run(task)).books).toMatchObject({ read: 3, written: 0, rejected: 3, quarantined: 2 });
  expect(await quarantined()).toEqual(first);

  await reports.query('truncate kubescribe.commits');
  await run(task);
  expect(await quarantined()).toEqual(first);

  await production.query(`update feed set value = '5' where id = 1`);
  await run(task);
  expect(await quarantined()).toEqual(first.slice(1));
  expect(await held(reports)).toEqual(['a 5']);
});

test('a rule that lets nothing pass ends the run, naming itself, and nothing is written', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'a', value: '1' }, { thing: 'b', value: '-1' });

  await expect(run(ruled({ per: { 'rule.negative': 'abort' } }))).rejects.toMatchObject({
    code: 'RULE_BROKEN',
    message: expect.stringContaining('rule.negative, whose policy is abort'),
  });
  expect(await held(reports)).toEqual([]);
});

test('every broken rule is told, the first is the reason; what cannot be read is asked no rules', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  await arrive(
    production,
    { thing: 'a', value: '-1', shelf: 'low' },
    { thing: 'b', value: 'x', shelf: 'low' },
  );
  const task = things({
    columns: { ...spec.columns, shelf: { type: 'text', in: ['left'] } },
  });

  expect((await run(task)).books.rejected_by).toEqual({ 'oneof.shelf': 1, 'cast.value': 1 });
  expect(await evidenceOf(reports)).toEqual([
    { class: 'data_quality_errors', of: 'oneof.shelf', policy: 'reject', id: '1' },
    { class: 'data_quality_errors', of: 'rule.negative', policy: 'reject', id: '1' },
    { class: 'cast_errors', of: 'value', policy: 'reject', id: '2' },
  ]);
});

const SECRET = 'geheim';
const secretive = (stored: 'mask' | 'hash' | 'drop') =>
  things({
    columns: {
      thing: { type: 'text', stored },
      value: { type: 'numeric', stored },
      shelf: { type: 'text', stored },
    },
    onReject: { per: { 'rule.negative': 'quarantine' } },
  });

for (const stored of ['mask', 'hash', 'drop'] as const)
  test(`no value of a column that is to be kept by ${stored} is anywhere in the evidence`, async ({
    feed,
  }) => {
    const { production, reports, run } = feed;
    await reports.query(`alter table things add check (shelf <> '${SECRET} shelf')`);
    await arrive(
      production,
      { thing: `${SECRET} thing`, value: `${SECRET} value` },
      { thing: `${SECRET} thing`, value: '-7151317' },
      { thing: `${SECRET} one`, value: '7151318', shelf: `${SECRET} a` },
      { thing: `${SECRET} one`, value: '7151319', shelf: `${SECRET} b`, source: 'b' },
      { thing: `${SECRET} two`, value: '1', shelf: `${SECRET} shelf` },
    );

    expect((await run(secretive(stored))).books).toMatchObject({
      written: 1,
      rejected: 2,
      failed: 1,
      evidence: { cast_errors: 1, data_quality_errors: 1, authority_conflicts: 1, upsert_failures: 1 },
    });
    const { rows } = await reports.query(
      `select evidence::text as told from kubescribe.evidence union all select quarantine::text from kubescribe.quarantine`,
    );
    expect(rows).toHaveLength(5);
    expect(rows.map(({ told }) => told).join('\n')).not.toMatch(/geheim|715131/);
  });

test('what evidence is about may be said', async ({ feed }) => {
  const { production, reports, run } = feed;
  await arrive(production, { thing: 'a', value: '-1', shelf: 'left' });

  await run(things({ about: { symbol: 'shelf' } }));

  expect((await reports.query('select symbol, ts from kubescribe.evidence')).rows).toEqual([
    { symbol: 'left', ts: null },
  ]);
});
