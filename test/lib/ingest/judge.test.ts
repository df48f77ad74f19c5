import { expect } from 'vitest';
import { ingest } from '../../../lib/ingest/ingest.ts';
import type { Column } from '../../../lib/ingest/spec.ts';
import { arrive, ORIGIN, readThings, spec, things, winners } from './feed.ts';
import { test } from './run-task.ts';

const NASTY = [
  '',
  ' ',
  '\\',
  '\\N',
  '\\.',
  'tab\tand\nline\r\nand\\t',
  `it's "quoted"`,
  '$1 {x} %s',
  'ÄÖ ß 你好 👩‍👩‍👧 \u202e\u0301\ufeff\u0001',
  'null',
  'long '.repeat(50_000),
];

test('text survives the way from source to report, whatever is in it', async ({ feed }) => {
  const { production, reports, run } = feed;
  await production.query(
    `insert into feed (thing, value, shelf) select 'thing ' || n, '1', text from unnest($1::text[]) with ordinality as each (text, n)`,
    [NASTY],
  );

  expect(await run(things())).toMatchObject({ books: { written: NASTY.length } });

  const { rows } = await reports.query('select shelf from things order by ks_source_id');
  expect(rows.map(({ shelf }) => shelf)).toEqual(NASTY);
});

test('numbers keep their digits; what is no number or no instant is rejected by its column', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  const numbers = [
    '1.50',
    'NaN',
    'Infinity',
    '-0.00',
    '12345678901234567890.123456789012345678901',
    ' 7 ',
    '1e3',
  ];
  for (const value of [...numbers, 'x', '', '1,5', '-Infinity'])
    await arrive(production, { thing: value, value });

  expect(await run(things())).toMatchObject({
    books: { written: numbers.length, rejected_by: { 'cast.value': 3, 'rule.negative': 1 } },
  });
  expect(await readThings(reports)).toEqual(await winners(production));
});

test('words that mean another instant at each reading are no instants', async ({ feed }) => {
  const { production, reports, run } = feed;
  await reports.query(`create table instants (thing text primary key, value timestamptz, ${ORIGIN})`);
  const task = ingest({
    ...spec,
    columns: { thing: { type: 'text' }, value: { type: 'timestamptz' } },
    rules: {},
    into: 'instants',
  });
  for (const value of ['now', 'Today 12:00', ' yesterday', '2026-02-30', '2026-01-31T07:00:00+01:00'])
    await arrive(production, { thing: value, value });

  expect(await run(task)).toMatchObject({ books: { written: 1, rejected_by: { 'cast.value': 4 } } });
});

test('a row without a part of its key is rejected', async ({ feed }) => {
  const { production, run } = feed;
  await arrive(production, { thing: null }, { thing: null }, { thing: 'good' });

  expect(await run(things())).toMatchObject({ books: { written: 1, rejected_by: { 'null.thing': 2 } } });
});

test('columns may be named as anything, also as our own words', async ({ feed }) => {
  const { production, reports, run } = feed;
  const names = [
    'group',
    'rank',
    'received_at',
    'we"ird.col um',
    "it's",
    'Übergröße',
    'reason',
    'here',
    `${'x'.repeat(59)}1`,
    `${'x'.repeat(59)}2`,
  ];
  const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
  await production.query(`
    create schema "Far Away";
    create table "Far Away"."Feed" (id bigint primary key, source text, at timestamptz, ${quoted.map((name) => `${name} text`).join(', ')});
    insert into "Far Away"."Feed" select n, 'a', now(), ${quoted.map((_, i) => `n + ${i}`).join(', ')} from generate_series(1, 3) n`);
  await reports.query(
    `create table "Odd" (${quoted.map((name) => `${name} numeric`).join(', ')}, ${ORIGIN}, primary key (${quoted[3]}))`,
  );
  const task = ingest({
    ...spec,
    from: { table: 'Far Away.Feed', id: 'id', receivedAt: 'at', source: 'source' },
    columns: Object.fromEntries(names.map((name) => [name, { type: 'numeric' }])) as Record<string, Column>,
    rules: { "it's too much": '"here" > 1000' },
    key: ['we"ird.col um'],
    into: 'Odd',
  });

  expect(await run(task)).toMatchObject({ books: { read: 3, written: 3 } });
  expect(await run(task)).toMatchObject({ books: { read: 0 } });
});
