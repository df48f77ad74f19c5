import * as z from 'zod';
import { task } from '../../lib/pipeline/task.ts';
import { createThings, feedPipeline, shelves, things } from '../lib/ingest/feed.ts';
import { test as base, expect } from '../setup/product.ts';

const SHOWN = { KUBESCRIBE_REPORT_TABLES: 'books.loans, kubescribe.commits, missing, pg_authid' };
const free = task<{ maxRejected: number; fail: boolean }>('free', async function* () {});

/** Reports of a feed, one of another schema that the settings name, and one that nobody may read. */
const test = base.extend('reports', async ({ product, report, connect }) => {
  const client = await connect(report);
  await createThings(client);
  await client.query(`
    create schema books;
    create table books.loans (
      reader text, "at" timestamptz, number bigint, price numeric, note text, mood jsonb, many int[],
      primary key (reader, "at"));
    create table wages (person text primary key, pay numeric)`);
  const pipelines = [feedPipeline('feed', [things(), shelves, free])];
  const { ask } = await product({ pipelines, env: SHOWN });
  const read = async (path: string, init?: RequestInit) => {
    const response = await ask(path, init);
    return { response, status: response.status, rows: await response.clone().json() };
  };
  return { client, ask, read };
});

const linkOf = (response: Response, rel: string) =>
  new RegExp(`<([^>]*)>; rel="${rel}"`).exec(response.headers.get('link') ?? '')?.[1];

/** Follows the links of one kind to their end, and says what loans were on the way: whose, and at which microsecond. */
async function walk(ask: (path: string) => Promise<Response>, from: string, rel: 'next' | 'prev') {
  const pages: string[][] = [];
  let last = from;
  for (let at: string | undefined = from; at; ) {
    const response: Response = await ask(at);
    const page = z.array(z.object({ reader: z.string(), at: z.string() })).parse(await response.json());
    pages.push(page.map(({ reader, at }) => `${reader} ${at.slice(20, -1)}`));
    last = at;
    at = linkOf(response, rel);
  }
  return { pages, last };
}

const loan = (values: string) =>
  `insert into books.loans (reader, "at", number, price, note) values ${values}`;

test('only what pipelines write and what the settings name is listed, with its columns', async ({
  reports: { client, read },
}) => {
  await client.query('alter table things add internal text; analyze things');

  const { rows } = await read('/reports');

  expect(rows).toMatchObject([
    {
      table: 'things',
      written_by: [{ pipeline: 'feed', task: 'things' }],
      key: ['thing'],
      rows: 0,
      columns: expect.arrayContaining([{ name: 'value', type: 'numeric', nullable: true }]),
    },
    { table: 'shelves', written_by: [{ pipeline: 'feed', task: 'shelves' }] },
    { table: 'books.loans', written_by: [], key: ['reader', 'at'] },
  ]);
});

const FORBIDDEN = [
  ...['wages', 'public.wages', 'kubescribe.commits', 'kubescribe.fence', 'missing'],
  ...['pg_authid', 'pg_catalog.pg_authid', 'information_schema.tables'],
  ...['things"; drop table things; --', 'a.b.c.d', '*', ' things', 'THINGS', '\0'],
];

test('nothing else is a report, whether it is there or not', async ({ reports: { ask } }) => {
  for (const table of FORBIDDEN.map(encodeURIComponent)) {
    const response = await ask(`/reports/${table.replaceAll('.', '%2E')}`);

    expect([response.status, table]).toEqual([table.includes('%00') ? 400 : 404, table]);
    expect(await response.text()).not.toMatch(/permission|wages.*exist/);
  }
  expect((await ask('/reports/public%2Ethings')).status).toBe(200);
});

test('its login may read nothing else, and write nothing', async ({ reports: { ask, client } }) => {
  await client.query('revoke select on shelves from kubescribe_report_reader');

  expect((await ask('/reports/shelves')).status).toBe(404);
  expect((await ask('/reports')).status).toBe(200);
  const { rows } = await client.query(
    `select has_table_privilege('kubescribe_app_report_reader', 'kubescribe.fence', 'select') as fence,
            has_table_privilege('kubescribe_app_report_reader', 'things', 'insert, update, delete, truncate') as writes,
            has_schema_privilege('kubescribe_app_report_reader', 'kubescribe', 'create') as makes`,
  );
  expect(rows).toEqual([{ fence: false, writes: false, makes: false }]);
});

test('values are those of the database: instants in UTC, numbers with all digits, nothing left out', async ({
  reports: { client, ask },
}) => {
  await client.query(
    `insert into books.loans values ('ada', '2026-01-05 08:00:00.123456+01', 9007199254740993, 1234567890.12345678901234567890,
       null, '{"x": [1]}', '{1,2}'), ('bob', 'infinity', null, 'NaN', E'a\\n"b"', null, null)`,
  );

  const response = await ask('/reports/books.loans');

  expect(await response.text()).toBe(
    '[{"reader":"ada","at":"2026-01-05T07:00:00.123456Z","number":9007199254740993,"price":1234567890.12345678901234567890,"note":null,"mood":{"x": [1]},"many":[1,2]},' +
      '{"reader":"bob","at":"infinity","number":null,"price":"NaN","note":"a\\n\\"b\\"","mood":null,"many":null}]',
  );
});

test('an empty report is an empty list, and knows its ETag', async ({ reports: { ask } }) => {
  const first = await ask('/reports/things');
  const again = await ask('/reports/things', {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  });

  expect([first.status, await first.json(), first.headers.get('link')]).toEqual([200, [], null]);
  expect(again.status).toBe(304);
  expect((await ask('/reports/things?format=csv').then((csv) => csv.text())).split('\n')).toEqual([
    'thing,value,shelf',
    '',
  ]);
});

test.for(['asc', 'desc'])(
  'pages go both ways by the whole key, %s, and show each row once',
  async (order, { reports: { client, ask } }) => {
    // Microseconds apart, and readers whose order is not the database's whim.
    await client.query(
      `insert into books.loans (reader, "at") select 'r' || i % 3, timestamptz '2026-01-05Z' + i * interval '1 microsecond'
       from generate_series(1, 11) i`,
    );
    const { rows } = await client.query(
      `select reader || ' ' || rtrim(to_char("at" at time zone 'UTC', 'US'), '0') as id from books.loans order by reader ${order}, "at" ${order}`,
    );
    const wanted = rows.map(({ id }) => id);

    const down = await walk(ask, `/reports/books.loans?limit=4&order=${order}&where=reader!%3Dr9`, 'next');
    const up = await walk(ask, down.last, 'prev');

    expect(down.pages.flat()).toEqual(wanted);
    expect(down.pages.map(({ length }) => length)).toEqual([4, 4, 3]);
    expect(up.pages.reverse().flat()).toEqual(wanted);
  },
);

test('a page of long rows ends before it is too much, and goes on', async ({ reports: { client, ask } }) => {
  await client.query(
    `insert into books.loans (reader, "at", note)
     select 'r', timestamptz '2026-01-05Z' + i * interval '1 microsecond', repeat('0123456789', 30000)
       from generate_series(1, 40) i`,
  );
  const all = Array.from({ length: 40 }, (_, i) => `r ${String(i + 1).padStart(6, '0')}`.replace(/0+$/, ''));

  const down = await walk(ask, '/reports/books.loans?limit=200', 'next');
  const up = await walk(ask, down.last, 'prev');

  expect(Math.max(...[...down.pages, ...up.pages].map(({ length }) => length))).toBeLessThan(20);
  expect(down.pages.flat()).toEqual(all);
  expect(up.pages.reverse().flat()).toEqual(all);
});

test('a row that is too long is told without its long columns, or as CSV', async ({
  reports: { client, ask, read },
}) => {
  await client.query(
    loan(`('ada', '2026-01-05Z', 1, 2, null), ('bob', '2026-01-05Z', 1, 2, repeat('a', 5000000))`),
  );

  const refused = await read('/reports/books.loans');
  const narrow = await read('/reports/books.loans?fields=reader');
  const csv = await (await ask('/reports/books.loans?format=csv')).text();

  expect(refused.rows).toMatchObject({
    status: 422,
    title: 'Too much to read',
    detail:
      'The row of reader "bob", at "2026-01-05 00:00:00+00" is longer than 4 MiB. Name the columns that you need in "fields", or ask for CSV.',
  });
  expect(narrow.rows).toEqual([{ reader: 'ada' }, { reader: 'bob' }]);
  expect(csv.length).toBeGreaterThan(5_000_000);
});

const CONDITIONS = [
  ['reader=ada', ['ada 5']],
  ['price>=7', ['bob 7', 'eve NaN']],
  ['price<7&where=price>4.5', ['ada 5']],
  ['!price', ['may null']],
  ['price&where=reader!=bob', ['ada 5', 'eve NaN']],
  ['price!=5', ['bob 7', 'eve NaN', 'may null']],
  ['at>=2026-01-06T01:00:00%2B01:00', ['may null']],
  ['note=', ['bob 7']],
  ["note=' or 1=1 --", ['eve NaN']],
  ['note=\\', []],
  ['mood={"a": 1}', []],
] as const;

test('conditions are read by the types of their columns', async ({ reports: { client, read } }) => {
  await client.query(
    loan(`('ada', '2026-01-05Z', 1, 5, 'x'), ('bob', '2026-01-05Z', 2, 7, ''),
          ('eve', '2026-01-05Z', 3, 'NaN', ''' or 1=1 --'), ('may', '2026-01-06Z', 4, null, 'y')`),
  );

  for (const [where, wanted] of CONDITIONS) {
    const { rows } = await read(`/reports/books.loans?where=${where}&fields=price,reader`);
    const found = Priced.parse(rows).map(({ reader, price }) => `${reader} ${price}`);
    expect([where, found]).toEqual([where, wanted]);
  }
});

const Priced = z.array(z.object({ reader: z.string(), price: z.union([z.number(), z.string(), z.null()]) }));

const FAULTS = [
  ['where=price>many', 'where'],
  ['where=at=yesterdayish', 'where'],
  ['where=number=99999999999999999999', 'where'],
  ['where=nothing=1', 'where'],
  ['where=reader~a', 'where'],
  ['where=reader=%00', 'where.0'],
  ['where=', 'where'],
  ['fields=reader,nothing', 'fields'],
  ['limit=0', 'limit'],
  ['limit=201', 'limit'],
  ['order=up', 'order'],
  ['format=xml', 'format'],
  ['offset=3', 'offset'],
] as const;

test('what cannot be asked is a 400 that names the fault', async ({ reports: { ask } }) => {
  for (const [query, parameter] of FAULTS) {
    for (const more of query.startsWith('format') ? [''] : ['', '&format=csv']) {
      const response = await ask(`/reports/books.loans?${query}${more}`);

      expect([query, response.status]).toEqual([query, 400]);
      expect(await response.json()).toMatchObject({ errors: [{ parameter }] });
    }
  }
});

const CURSORS = [
  'x',
  '["<"]',
  '["<",[]]',
  '["<",["ada"]]',
  '["<",["ada","no time"]]',
  '["<",["ada","2026-01-05","more"]]',
  '["<",["a\\u0000b","2026-01-05"]]',
  '["; drop table things",["ada","2026-01-05"]]',
];

test('a cursor that no Link gave is a 400', async ({ reports: { ask } }) => {
  for (const text of CURSORS) {
    const cursor = Buffer.from(text).toString('base64url');

    expect([text, (await ask(`/reports/books.loans?cursor=${cursor}`)).status]).toEqual([text, 400]);
    expect((await ask(`/reports/books.loans?format=csv&cursor=${cursor}`)).status).toBe(400);
  }
});

test('what a spreadsheet would take for a formula is harmless in CSV, in cells and in names', async ({
  reports: { client, ask },
}) => {
  const hostile = [
    '=1+1',
    '+1',
    '-1',
    '@x',
    '\t=1',
    '\r=1',
    '\n=1',
    '＝1',
    'plain',
    ' =1',
    '"quoted"',
    'a,b',
    '',
  ];
  await client.query(
    `alter table books.loans rename note to "=HYPERLINK(""x"")";
     insert into books.loans select 'r', timestamptz '2026-01-05Z' + i * interval '1 s', -i, -i / 4.0, cell
       from unnest(array[${hostile.map((cell) => `'${cell}'`).join(',')}]) with ordinality as given (cell, i)`,
  );

  const response = await ask('/reports/books.loans?fields=number,price,%3DHYPERLINK(%22x%22)', {
    headers: { accept: 'text/csv' },
  });
  const text = await response.text();

  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="books.loans.csv"');
  expect(text.startsWith('number,price,"\'=HYPERLINK(""x"")"\n-1,-0.25000000000000000000,\'=1+1\n')).toBe(
    true,
  );
  const cells = text
    .split(/\n(?=-\d)/)
    .slice(1)
    .map((line) => line.replace(/^-\d+,-[\d.]+,/, '').replace(/\n$/, ''));
  expect(cells).toEqual([
    "'=1+1",
    "'+1",
    "'-1",
    "'@x",
    "'\t=1",
    `"'\r=1"`,
    `"'\n=1"`,
    "'＝1",
    'plain',
    ' =1',
    '"""quoted"""',
    '"a,b"',
    '""',
  ]);
});

test('columns may have any name, also those that statements use', async ({ reports: { client, ask } }) => {
  await client.query(
    `drop table books.loans; create table books.loans (
       "key" int primary key, "row" text, shown text, "a=b" text, "a" text, ks_commit int, "Größe, m" text)`,
  );
  await client.query(
    `insert into books.loans values (10, 'r', 's', 'ab', 'a', 1, 'g'), (9, 'r', 's', 'x', 'y', 2, 'h')`,
  );

  const shown = await ask('/reports/books.loans?where=a%3Db%3Dab');
  const asked = await ask('/reports/books.loans?fields=ks_commit');
  const csv = await ask('/reports/books.loans?format=csv&fields=key');

  expect(await shown.json()).toEqual([
    { key: 10, row: 'r', shown: 's', 'a=b': 'ab', a: 'a', 'Größe, m': 'g' },
  ]);
  expect(await asked.json()).toEqual([{ ks_commit: 2 }, { ks_commit: 1 }]);
  expect(await csv.text()).toBe('key\n9\n10\n');
});

test('a table without a unique key says so', async ({ reports: { client, ask } }) => {
  await client.query('alter table things drop constraint things_pkey');

  const response = await ask('/reports/things');

  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ title: 'No order' });
});

test('a table that is being changed is a 503, and comes again', async ({ reports: { client, ask } }) => {
  await client.query('begin; lock table things in access exclusive mode');

  const response = await ask('/reports/things');
  await client.query('rollback');

  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
});

test('a CSV that nobody reads to its end keeps no session', async ({ reports: { client, ask } }) => {
  await client.query(
    `insert into things select i, i, repeat('x', 1000), 1, now(), i, 1 from generate_series(1, 20000) i`,
  );
  const going = `select from pg_stat_activity where datname = current_database() and application_name ~ 'download' and state = 'active'`;

  for (let i = 0; i < 3; i++) {
    const reader = (
      await ask('/reports/things?format=csv', { headers: { 'x-nobody-reads': '1' } })
    ).body?.getReader();
    await reader?.read();
    await reader?.cancel();
  }

  await expect.poll(async () => (await client.query(going)).rowCount).toBe(0);
  expect((await ask('/reports/things?format=csv&where=thing%3D7')).status).toBe(200);
});

test('with the report database away: 503, and no secret', async ({ product }) => {
  const away = 'postgres://reader:hunter2@127.0.0.1:1/report';
  const { ask } = await product({
    pipelines: [feedPipeline('feed', [things()])],
    env: { REPORT_DB_URL: away },
  });

  for (const path of [
    '/reports',
    '/reports/things',
    '/reports/things?format=csv',
    '/passport?table=things&key=thing=a',
  ]) {
    const response = await ask(path);
    expect([path, response.status]).toEqual([path, 503]);
    expect(await response.text()).not.toMatch(/hunter2|127\.0/);
  }
});
