/** The ways of the rows beside a plain copy of the same rows in the same minute. */
import { fileURLToPath } from 'node:url';
import type { Ground } from '../ground.ts';
import { alternate, median, type Result, ratioOf } from '../rounds.ts';
import { DAYS, type Feed, feedOf, type Ran } from './feed.ts';

const ROUNDS = 5;
const MIRROR = fileURLToPath(new URL('mirror-pipeline.ts', import.meta.url));
/** New minutes of a delta, each with a bar of every symbol; the ids that a minute has; ids among which bars are edited. */
const DELTA = { minutes: 10_000, ids: 16, edits: 40_000 };

type Taken = { peer: number[]; ours: number[] };

const resultOf = (
  bench: string,
  feed: Feed,
  taken: Taken,
  floor: number,
  aim: number,
  said: string,
): Result => ({
  bench,
  ratio: ratioOf(taken, 'small'),
  of: feed.peer,
  floor,
  aim,
  detail: `${said}: ${median(taken.ours).toFixed(2)} s, copied ${median(taken.peer).toFixed(2)} s`,
});

const rate = (rows: number) => `${rows.toLocaleString('en')} rows`;

/** A table copied whole into an empty one. */
export async function mirrored(ground: Ground): Promise<Result> {
  const feed = await feedOf(ground, DAYS[2]);
  const taken = await alternate(
    ROUNDS,
    () => feed.copy(),
    () => freshly(feed, 'mirror', MIRROR),
  );
  return resultOf('mirror', feed, taken, 1, 1.6, rate(feed.rows));
}

/** The first load, checked, with all evidence and the summary. */
export async function ingestFirst(ground: Ground): Promise<Result> {
  const feed = await feedOf(ground, DAYS[2]);
  const taken = await alternate(
    ROUNDS,
    () => feed.copy(),
    () => freshly(feed, 'first'),
  );
  return resultOf('ingest-first', feed, taken, 0.2, 0.33, rate(feed.rows));
}

async function freshly(feed: Feed, name: string, file?: string): Promise<number> {
  const { seconds } = await feed.run(name, file);
  await feed.drop(name);
  return seconds;
}

/** All rows once more, of which none has changed. */
export async function ingestUnchanged(ground: Ground): Promise<Result> {
  const feed = await feedOf(ground, DAYS[2]);
  await feed.run('again');
  const writes = async () => {
    const [row] = await feed.server.admin(
      `select n_tup_ins + n_tup_upd + n_tup_del as writes from pg_stat_user_tables where relname = 'market_bars'`,
      'again_report',
    );
    return Number(row?.writes);
  };
  const before = await writes();
  const taken = await alternate(
    ROUNDS,
    () => feed.copy(),
    async () => {
      await feed.server.admin('delete from kubescribe.commits', 'again_report');
      return (await feed.run('again')).seconds;
    },
  );
  const written = (await writes()) - before;
  await feed.drop('again');
  return resultOf('ingest-unchanged', feed, taken, 0.2, 0.4, `${rate(feed.rows)}, ${written} rows written`);
}

/** New bars and edits of old ones, on a filled table. */
export async function ingestDelta(ground: Ground): Promise<Result> {
  const feed = await feedOf(ground, DAYS[2], 'delta');
  await feed.run('delta');
  let asked = 0;
  let meta: Ran['meta'] = {};
  const round = () => Math.floor(asked / 2);
  /** Whoever comes first in a round finds its rows new. */
  const arrived = async () => {
    if (asked++ % 2 === 0) await arrive(feed, round());
    return saidAt(Math.floor((asked - 1) / 2));
  };
  const taken = await alternate(
    ROUNDS,
    async () => feed.copy(`received_at = ${await arrived()}`),
    async () => {
      await arrived();
      const ran = await feed.run('delta');
      meta = ran.meta;
      return ran.seconds;
    },
  );
  const { read, written } = meta;
  return resultOf('ingest-delta', feed, taken, 0.22, 0.45, `${read} rows, ${written} written`);
}

/** When the rows of a round are said: later than all others. */
const saidAt = (round: number) => `(timestamptz '2040-01-01' + interval '1 day' * ${round})`;

/** The bars of some days once more, later than all others; and another close for some that are there. */
async function arrive({ server }: Feed, round: number): Promise<void> {
  const days = (round + 1) * 200;
  await server.admin(
    `insert into market_bars_raw (id, symbol, ts, open, high, low, close, volume, source, received_at)
     select id + ${(round + 1) * 4_000_000}, symbol,
            case when pg_input_is_valid(ts, 'timestamptz')
                 then to_char(ts::timestamptz at time zone 'UTC' + interval '1 day' * ${days}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                 else ts end,
            open, high, low, close, volume, source, ${saidAt(round)}
       from market_bars_raw where id <= ${DELTA.minutes * DELTA.ids};
     update market_bars_raw set close = high, received_at = ${saidAt(round)}
      where id between ${(round + 1) * 200_000} and ${(round + 1) * 200_000 + DELTA.edits}`,
    'prod',
  );
}
