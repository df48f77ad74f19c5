import type { Client } from 'pg';
import { expect, onTestFinished } from 'vitest';
import { connect as open } from '../../../lib/db/connect.ts';
import { arrive, createThings, readThings, spec, things, winners } from './feed.ts';
import { reconciling } from './reconciling.ts';
import { test } from './run-task.ts';

const WRITERS = 6;
/** `make chaos` has more of them, by another chance each time. */
const ROUNDS = Number(process.env.WRITERS_ROUNDS ?? 8);
const SEED = Number(process.env.WRITERS_SEED ?? 20260131);
const SECOND = 1000;
const PATIENCE = 60 * SECOND + ROUNDS * 3 * SECOND;
/** The transaction that stays open longest lasts so many rounds. */
const LONG = 4;

/** The same numbers each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** Rows know when they were written, as look-backs need it. */
const WRITTEN_AT = `
  alter table feed add written_at timestamptz not null default now();
  create index on feed (written_at);
  create function touched() returns trigger language plpgsql as 'begin new.written_at = now(); return new; end';
  create trigger touched before update on feed for each row execute function touched()`;

/** One transaction of a writer: rows, savepoints of which some are rolled back, edits of rows that nobody holds. */
async function write(client: Client, random: () => number, name: string): Promise<void> {
  await client.query('begin');
  await arrive(client, { thing: name });
  for (let i = 0; i < 3; i++) {
    await client.query('savepoint step');
    await arrive(client, { thing: `${name}/${i}`, value: String(Math.floor(random() * 100)) });
    await client.query(`
      update feed set value = (value::numeric + 1)::text
       where id in (select id from feed where thing not like '${name}%'
                     order by (id * 7919 + ${Math.floor(random() * 1000)}) % 101 limit 2 for update skip locked)`);
    await client.query(random() < 0.3 ? 'rollback to step' : 'release step');
  }
}

/** Ends a transaction, or prepares it: then it goes on without its session, and its name is kept for a later round. */
async function end(client: Client, random: () => number, name: string, prepared: string[]): Promise<void> {
  const how = random();
  if (how < 0.1) await client.query('rollback');
  else if (how > 0.25) await client.query('commit');
  else {
    await client.query(`prepare transaction '${name}'`);
    prepared.push(name);
  }
}

async function finishAll(client: Client, prepared: readonly string[]): Promise<void> {
  for (const name of prepared) await client.query(`commit prepared '${name}'`);
}

/** What is left prepared would hold back every horizon of the server, and keep the database from being dropped. */
async function forgetPrepared(url: string): Promise<void> {
  const client = await open(url, { name: 'forget' });
  const { rows } = await client.query(
    'select gid from pg_prepared_xacts where database = current_database()',
  );
  for (const { gid } of rows) await client.query(`rollback prepared '${gid}'`);
  await client.end();
}

test('no row of concurrent writers is lost or stale, however late it commits, also with a look-back; by ids alone some are', {
  timeout: PATIENCE,
}, async ({ feed, prod, connect }) => {
  const { production, reports, run, runNow } = feed;
  onTestFinished(() => forgetPrepared(prod));
  await production.query(WRITTEN_AT);
  await createThings(reports, 'looked_back');
  const lookBack = { column: 'written_at', seconds: 600 };
  const tasks = [
    things({ batchRows: 40 }),
    things({ name: 'looks back', from: { ...spec.from, lookBack }, into: 'looked_back', batchRows: 40 }),
  ];
  const random = chance(SEED);
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect(prod)));
  const [slowest, finisher] = [await connect(prod), await connect(prod)];
  const naive = new Map<number, string>();
  let last = 0;
  const readByIds = async () => {
    const { rows } = await production.query('select id::int, value from feed where id > $1 order by id', [
      last,
    ]);
    for (const { id, value } of rows) naive.set(id, value);
    last = rows.at(-1)?.id ?? last;
  };
  const readByWindows = async (how: typeof run) => {
    for (const task of tasks) await how(task);
  };

  let still: Client[] = [];
  let prepared: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % LONG === 0) await write(slowest, random, `long ${round}`);
    // Half the transactions of a round end in it, beside the reading; the others are still open when it is over.
    const free = writers.filter((writer) => !still.includes(writer));
    await Promise.all(free.map((writer, i) => write(writer, random, `${round}.${i}`)));
    const ending = [...still, ...free.slice(0, Math.ceil(free.length / 2))];
    const due = prepared;
    prepared = [];
    const ended = Promise.all(
      ending.map((writer, i) => end(writer, random, `${new URL(prod).pathname} ${round} ${i}`, prepared)),
    );
    const finished = finishAll(finisher, due);
    await Promise.all([readByWindows(runNow), readByIds(), ended, finished]);
    if (round % LONG === LONG - 1) await slowest.query('commit');
    still = free.filter((writer) => !ending.includes(writer));
  }
  await Promise.all(still.map((writer) => writer.query('commit')));
  await finishAll(finisher, prepared);
  await slowest.query('commit');
  await readByWindows(run);
  await readByIds();

  const { rows } = await production.query<{ id: number; value: string }>('select id::int, value from feed');
  expect(rows.length, `seed ${SEED}`).toBeGreaterThan(WRITERS * ROUNDS);
  expect(await readThings(reports), `seed ${SEED}`).toEqual(await winners(production));
  expect(await readThings(reports, 'looked_back'), `seed ${SEED}`).toEqual(await winners(production));
  expect(rows.filter(({ id }) => !naive.has(id)).length).toBeGreaterThan(0);
  expect(rows.filter(({ id, value }) => naive.has(id) && naive.get(id) !== value).length).toBeGreaterThan(0);
});

test('a run waits neither for writers nor reads beyond them: what is open is left to the next', async ({
  feed,
  prod,
  connect,
}) => {
  const { production, run, runNow } = feed;
  const task = things();
  const slow = await connect(prod);
  await run(task);
  await slow.query('begin');
  await arrive(slow, { thing: 'early id, late commit' });
  await arrive(production, { thing: 'late id, early commit' });

  expect(await runNow(task)).toMatchObject({ books: { read: 0 } });
  await slow.query('commit');

  expect(await run(task)).toMatchObject({ books: { read: 2 } });
});

test('what a look-back leaves out, an edit that moves no time, is repaired by a reconcile', async ({
  feed,
}) => {
  const { production, reports, run } = feed;
  const from = { ...spec.from, lookBack: { column: 'received_at', seconds: 60 } };
  await arrive(production, { thing: 'old' }, { thing: 'timeless', at: '2026-01-02' });
  await run(things({ from }));
  await production.query(`update feed set value = '5'`);

  expect(await run(things({ from }))).toMatchObject({ books: { read: 0 } });

  await run(reconciling({ from }));
  expect(await readThings(reports)).toEqual(await winners(production));
});

test.for([
  ['arrived', 'feed has no column "arrived", which "from.lookBack" names.'],
  ['value', '"value" of feed, which "from.lookBack" names, is of type text: it must be a time.'],
] as const)('a look-back by a column that is no time (%s) is refused', async ([column, why], { feed }) => {
  const task = things({ from: { ...spec.from, lookBack: { column, seconds: 60 } } });
  await feed.run(task);

  await expect(feed.run(task)).rejects.toThrow(why);
});
