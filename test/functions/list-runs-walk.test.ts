import { sql } from 'kysely';
import { expect } from 'vitest';
import * as z from 'zod';
import type { RunStatus } from '../../lib/db/tables.ts';
import { type Doors, test } from './doors.ts';

const SECOND = 1000;
/** Hundreds of pages. */
const LONG = { timeout: 90 * SECOND };

const Runs = z.array(z.looseObject({ run_id: z.string() }));
const linkOf = (response: Response, rel: string) =>
  new RegExp(`<([^>]*)>; rel="${rel}"`).exec(response.headers.get('link') ?? '')?.[1];

/** Numbers that look random and are the same each time. */
function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
type Dice = ReturnType<typeof dice>;
const oneOf = <const T>(roll: Dice, ...values: readonly [T, ...T[]]): T =>
  values[roll(values.length)] ?? values[0];

type Run = ReturnType<typeof randomRun>;

const START = Date.parse('2020-01-01T00:00:00Z');

function randomRun(roll: Dice, n: number) {
  const status = oneOf<RunStatus>(roll, 'STARTED', 'SUCCESS', 'SUCCESS', 'ERROR', 'TIMEOUT', 'CANCELLED');
  const failed = status === 'ERROR' || status === 'TIMEOUT';
  const started = START + roll(30) * 1000;
  return {
    run_id: `${String(roll(10 ** 8)).padStart(8, '0')}-0000-0000-0000-${String(n).padStart(12, '0')}`,
    status,
    component: oneOf(roll, 'a', 'b', 'c'),
    trigger: oneOf(roll, 'cron', 'cron', 'api', 'manual', null),
    source: oneOf(roll, 'k8s', 'k8s', 'local', 'ci', null),
    started_at: new Date(started),
    finished_at: status === 'STARTED' ? null : new Date(started + roll(5000)),
    error_code: failed ? oneOf(roll, 'E1', 'E2') : null,
    error_message: failed ? oneOf(roll, 'connection reset', 'reset by peer', 'Out of memory') : null,
    tags: oneOf<string[]>(roll, [], ['nightly'], ['nightly', 'team-a']),
    meta: { kind: oneOf(roll, 'slot', 'person'), params: { n: roll(3) } },
  };
}

const record = (db: Doors['db'], runs: readonly Run[]) =>
  db
    .insertInto('run_log')
    .values(runs.map((run) => ({ ...run, meta: JSON.stringify(run.meta) })))
    .execute();

const duration = (run: Run) => run.finished_at && run.finished_at.getTime() - run.started_at.getTime();
const moment = (roll: Dice) => new Date(START + roll(30_000));

/** A filter as it is asked for, and as it is meant. */
const filters: ((roll: Dice) => [string, (run: Run) => boolean])[] = [
  (roll) => {
    const name = oneOf(roll, 'a', 'b', 'none');
    return [`component=${name}`, (run) => run.component === name];
  },
  (roll) => {
    const wanted: RunStatus[] = [oneOf(roll, 'STARTED', 'ERROR'), oneOf(roll, 'SUCCESS', 'TIMEOUT')];
    const query = oneOf(roll, `status=${wanted}`, wanted.map((one) => `status=${one}`).join('&'));
    return [query, (run) => wanted.includes(run.status)];
  },
  (roll) => {
    const wanted = oneOf(roll, 'cron', 'api', 'manual');
    return [`trigger=${wanted}`, (run) => run.trigger === wanted];
  },
  (roll) => {
    const wanted = oneOf(roll, 'k8s', 'ci');
    return [`source=${wanted},local`, (run) => run.source === wanted || run.source === 'local'];
  },
  (roll) => {
    const wanted = oneOf(roll, 'E1', 'E3');
    return [`error_code=${wanted}`, (run) => run.error_code === wanted];
  },
  (roll) => {
    const since = moment(roll);
    return [`from=${since.toISOString()}`, (run) => run.started_at >= since];
  },
  (roll) => {
    const until = moment(roll);
    return [`to=${until.toISOString()}`, (run) => run.started_at < until];
  },
  (roll) => {
    const since = moment(roll);
    return [
      `finished_from=${since.toISOString()}`,
      (run) => run.finished_at !== null && run.finished_at >= since,
    ];
  },
  (roll) => {
    const until = moment(roll);
    return [
      `finished_to=${until.toISOString()}`,
      (run) => run.finished_at !== null && run.finished_at < until,
    ];
  },
  (roll) => {
    const [least, most] = [roll(2000), 1000 + roll(4000)];
    return [
      `min_duration_ms=${least}&max_duration_ms=${most}`,
      (run) => (duration(run) ?? -1) >= least && (duration(run) ?? -1) <= most,
    ];
  },
  (roll) => {
    const tags = oneOf(roll, ['nightly'], ['team-a', 'nightly'], ['unknown']);
    return [`tag=${tags}`, (run) => tags.every((tag) => run.tags.includes(tag))];
  },
  (roll) => {
    const n = roll(4);
    return [
      `meta=${encodeURIComponent(JSON.stringify({ params: { n } }))}`,
      (run) => run.meta.params.n === n,
    ];
  },
  (roll) => {
    const words = oneOf(roll, ['reset'], ['Reset', 'PEER'], ['e1', 'memory'], ['nowhere']);
    const has = (run: Run, word: string) =>
      `${run.error_code} ${run.error_message}`.toLowerCase().split(' ').includes(word.toLowerCase());
    return [`q=${words.join('+')}`, (run) => words.every((word) => has(run, word))];
  },
];

function randomFilter(roll: Dice): [string, (run: Run) => boolean] {
  const chosen = filters.filter(() => roll(5) === 0).map((make) => make(roll));
  return [chosen.map(([query]) => query).join('&'), (run) => chosen.every(([, fits]) => fits(run))];
}

const newestFirst = (a: Run, b: Run) =>
  b.started_at.getTime() - a.started_at.getTime() || (a.run_id < b.run_id ? 1 : -1);

/** Follows the links of one kind to their end, and whatever happens on the way. */
async function walk(ask: Doors['ask'], path: string, rel: 'next' | 'prev', between: () => Promise<unknown>) {
  const pages: string[][] = [];
  let last = path;
  for (let at: string | undefined = path; at; ) {
    const response = await ask(at);
    expect(response.status, at).toBe(200);
    pages.push(Runs.parse(await response.json()).map(({ run_id }) => run_id));
    last = at;
    at = linkOf(response, rel);
    await between();
  }
  return { ids: rel === 'next' ? pages.flat() : pages.reverse().flat(), last };
}

test(
  'pages by any filters hold what a plain reading of all runs does, down and back up',
  LONG,
  async ({ open }) => {
    const { ask, db } = open();
    const roll = dice(8);
    const runs = Array.from({ length: 300 }, (_, n) => randomRun(roll, n));
    await record(db, runs);
    const nothing = async () => {};

    for (let round = 0; round < 60; round++) {
      const [query, fits] = randomFilter(roll);
      const path = `/runs?${query}&limit=${1 + roll(60)}`;
      const wanted = runs
        .filter(fits)
        .sort(newestFirst)
        .map(({ run_id }) => run_id);

      const down = await walk(ask, path, 'next', nothing);
      const up = await walk(ask, down.last, 'prev', nothing);
      const counted = await ask(`${path}&count=true`);

      expect(down.ids, path).toEqual(wanted);
      expect(up.ids, path).toEqual(wanted);
      expect(counted.headers.get('x-total-count'), path).toBe(String(wanted.length));
    }
  },
);

test(
  'each run that stays as it was comes exactly once, both ways, while others begin and end',
  LONG,
  async ({ open }) => {
    const { ask, db } = open();
    const roll = dice(15);
    const runs = Array.from({ length: 200 }, (_, n) => randomRun(roll, n));
    await record(db, runs);
    let n = runs.length;
    const changing = new Set(runs.filter(({ status }) => status === 'STARTED').map(({ run_id }) => run_id));
    const meanwhile = async () => {
      const late = randomRun(roll, n++);
      const fresh = { ...randomRun(roll, n++), status: 'STARTED' as const, started_at: new Date() };
      await record(db, [late, { ...fresh, finished_at: null }]);
      await sql`update run_log set status = 'SUCCESS', error_code = 'E1' where run_id in (
      select run_id from run_log where status = 'STARTED' order by random() limit 1)`.execute(db);
    };

    for (let round = 0; round < 15; round++) {
      const [query, fits] = randomFilter(roll);
      const path = `/runs?${query}&limit=${5 + roll(40)}`;
      const stay = runs.filter((run) => fits(run) && !changing.has(run.run_id)).sort(newestFirst);

      const down = await walk(ask, path, 'next', meanwhile);
      // What came in meanwhile may have moved the end behind the page that was the last.
      const end = await walk(ask, down.last, 'next', async () => {});
      const up = await walk(ask, end.last, 'prev', meanwhile);

      for (const { ids } of [down, up]) {
        expect(new Set(ids).size, path).toBe(ids.length);
        const known = new Set(stay.map(({ run_id }) => run_id));
        expect(
          ids.filter((id) => known.has(id)),
          path,
        ).toEqual(stay.map(({ run_id }) => run_id));
      }
    }
  },
);
