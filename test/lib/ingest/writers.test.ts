import type { Client } from 'pg';
import { expect } from 'vitest';
import { arrive, readThings, things, winners } from './feed.ts';
import { test } from './run-task.ts';

const WRITERS = 6;
const ROUNDS = 8;

/** The same numbers each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

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

test('no row of concurrent writers is lost or stale, however late it commits; by ids alone some are', async ({
  feed,
  prod,
  connect,
}) => {
  const { production, reports, run, runNow } = feed;
  const task = things({ batchRows: 40 });
  const random = chance(20260131);
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect(prod)));
  const naive = new Map<number, string>();
  let last = 0;
  const readByIds = async () => {
    const { rows } = await production.query('select id::int, value from feed where id > $1 order by id', [
      last,
    ]);
    for (const { id, value } of rows) naive.set(id, value);
    last = rows.at(-1)?.id ?? last;
  };

  let open: Client[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Half the transactions of a round end in it, beside the reading; the others are still open when it is over.
    const free = writers.filter((writer) => !open.includes(writer));
    await Promise.all(free.map((writer, i) => write(writer, random, `${round}.${i}`)));
    const ending = [...open, ...free.slice(0, Math.ceil(free.length / 2))];
    const ended = Promise.all(ending.map((writer) => writer.query(random() < 0.1 ? 'rollback' : 'commit')));
    await Promise.all([runNow(task), readByIds(), ended]);
    open = free.filter((writer) => !ending.includes(writer));
  }
  await Promise.all(open.map((writer) => writer.query('commit')));
  await run(task);
  await readByIds();

  const { rows } = await production.query<{ id: number; value: string }>('select id::int, value from feed');
  expect(rows.length).toBeGreaterThan(WRITERS * ROUNDS);
  expect(await readThings(reports)).toEqual(await winners(production));
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
