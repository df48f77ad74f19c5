import { sql } from 'kysely';
import type { Client } from 'pg';
import { describe, expect } from 'vitest';
import { type Db, openRunLog } from '../../../lib/db/connect.ts';
import { settling } from '../../../lib/logs/settled.ts';
import { test as base } from '../../setup/fixtures.ts';

const SECOND = 1000;
/** `make chaos` asks for 4,000. */
const LINES = Number(process.env.STREAM_LINES ?? 400);
const WRITERS = 8;

const test = base.extend('db', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(() => db.destroy());
  return db;
});

async function say(client: Client, into = 'logs'): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    `insert into ${into} (message, timestamp) values ('line', clock() at time zone 'UTC') returning id`,
  );
  return Number(rows[0]?.id);
}

const idsBeyond = async (db: Db, after: number, upTo = Number.MAX_SAFE_INTEGER) => {
  const { rows } = await sql<{ id: number }>`
    select id from logs where id > ${after} and id <= ${upTo} order by id limit 1000`.execute(db);
  return rows.map(({ id }) => id);
};

/** Reads on and on, by the rule of what may be read; until it is told to stop, and then once more. */
async function follow(db: Db, limit: () => Promise<number>, stop: AbortSignal): Promise<number[]> {
  const heard: number[] = [];
  for (let last = false; !last; ) {
    last = stop.aborted;
    heard.push(...(await idsBeyond(db, heard.at(-1) ?? 0, await limit())));
  }
  return heard;
}

describe('lines that are committed in another order than they were written', () => {
  test('are lost by who follows their ids alone, and settled one after the other', async ({
    db,
    runlog,
    connect,
  }) => {
    const [slow, fast] = [await connect(runlog), await connect(runlog)];
    const look = settling(db);
    const heard: number[] = [];
    const naively = async () => heard.push(...(await idsBeyond(db, heard.at(-1) ?? 0)));
    const first = await say(fast);
    expect(await look()).toEqual({ settled: first, newest: first });

    await slow.query('begin');
    const second = await say(slow);
    const third = await say(fast);
    await naively();
    expect(await look()).toEqual({ settled: first, newest: third });
    await slow.query('commit');
    await naively();

    expect(heard).toEqual([first, third]);
    expect(second).toBeLessThan(third);
    expect(await look()).toEqual({ settled: third, newest: third });
  });

  test(`by ${WRITERS} writers at once, are all heard, each once and in order`, {
    timeout: 60 * SECOND + LINES * 50,
  }, async ({ db, runlog, connect }) => {
    const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect(runlog)));
    const look = settling(db);
    const stop = new AbortController();
    const followers = Promise.all([
      follow(db, async () => (await look()).settled ?? 0, stop.signal),
      follow(db, async () => Number.MAX_SAFE_INTEGER, stop.signal),
    ]);

    const written = await Promise.all(
      writers.map(async (writer) => {
        const ids: number[] = [];
        while (ids.length < LINES / WRITERS) {
          await writer.query('begin');
          ids.push(await say(writer));
          await writer.query('select pg_sleep(random() * 0.005)');
          await writer.query('commit');
        }
        return ids;
      }),
    );
    stop.abort();
    const [heard, naively] = await followers;

    expect(heard).toEqual(written.flat().toSorted((a, b) => a - b));
    expect(heard).toHaveLength(LINES);
    expect(naively.length).toBeLessThan(LINES);
    process.stdout.write(
      `${LINES} lines by ${WRITERS} writers: a plain tail lost ${LINES - naively.length}\n`,
    );
  });
});

describe('what is settled', () => {
  test('is held up by every way of writing lines, until it ends, however it ends', async ({
    db,
    runlog,
    connect,
  }) => {
    const [writer, other] = [await connect(runlog), await connect(runlog)];
    const look = settling(db);
    const { rows } = await writer.query<{ part: string }>(
      `select 'logs_' || to_char(clock() at time zone 'UTC', 'YYYYMMDD') as part`,
    );
    const ways: Record<string, () => Promise<unknown>> = {
      'an insert': () => say(writer),
      'an insert into a partition': () => say(writer, rows[0]!.part),
      'a part that was rolled back': async () => {
        await writer.query('savepoint before');
        await say(writer);
        await writer.query('rollback to before');
      },
      'a number by itself': () => writer.query(`select nextval('logs_id_seq')`),
    };

    for (const [way, take] of Object.entries(ways)) {
      for (const end of ['commit', 'rollback']) {
        const before = await look();
        await writer.query('begin');
        await take();
        const after = await say(other);

        expect([way, end, await look()]).toEqual([way, end, { settled: before.newest, newest: after }]);
        await writer.query(end);
        expect([way, end, await look()]).toEqual([way, end, { settled: after, newest: after }]);
      }
    }
  });

  test('is held up by no transaction that writes no lines', async ({ db, runlog, connect }) => {
    const [long, writer] = [await connect(runlog), await connect(runlog)];
    const look = settling(db);
    await long.query('begin');
    await long.query(`insert into pipelines (name) values ('p')`);
    await long.query('select last_value from logs_id_seq; select max(id) from logs');

    const id = await say(writer);

    expect(await look()).toEqual({ settled: id, newest: id });
    await long.query('rollback');
  });

  test('is nothing before the first line, and no more than there is after a restore', async ({
    db,
    runlog,
    connect,
  }) => {
    const writer = await connect(runlog);
    const look = settling(db);
    expect(await look()).toEqual({ settled: 0, newest: 0 });
    for (let i = 0; i < 3; i++) await say(writer);
    await look();

    await writer.query('delete from logs where id > 1');

    expect(await look()).toEqual({ settled: 1, newest: 1 });
  });
});
