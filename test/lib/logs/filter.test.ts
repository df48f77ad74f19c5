import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { LogLine } from '../../../lib/contract/log-line.ts';
import { type Db, openRunLog } from '../../../lib/db/connect.ts';
import { type LogFilter, matcherOf } from '../../../lib/logs/filter.ts';
import { listLines } from '../../../lib/logs/list.ts';
import { linesInOrder, type Order, readingOf } from '../../../lib/logs/order.ts';
import { test as base } from '../../setup/fixtures.ts';

const test = base.extend('db', async ({ runlog, ends: _ }, { onCleanup }) => {
  const db = openRunLog(runlog, { name: 'test' });
  onCleanup(() => db.destroy());
  return db;
});

const RUNS = [randomUUID(), randomUUID()];
const TASKS = [randomUUID(), randomUUID()];
const LINES = 300;
const START = Date.parse(new Date().toISOString().slice(0, 10)) - 3_600_000;

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

/** Lines of two days and of few instants, of two runs and the system. */
async function past(db: Db): Promise<void> {
  await sql`insert into run_log (run_id, component) select unnest(${RUNS}::uuid[]), 'elsewhere'`.execute(db);
  await sql`insert into task_runs (id, run_id, name)
            select * from unnest(${TASKS}::uuid[], ${RUNS}::uuid[], array['a', 'b'])`.execute(db);
  const roll = dice(7);
  const lines = Array.from({ length: LINES }, (_, n) => {
    const [of, type] = [roll(2), oneOf(roll, 'system', 'job', 'task')];
    return {
      type,
      job_run_id: type === 'system' ? null : RUNS[of],
      task_run_id: type === 'task' ? TASKS[of] : null,
      timestamp: new Date(START + roll(20) * 360_000).toISOString().slice(0, -1),
      level: oneOf(roll, 'debug', 'info', 'info', 'warn', 'error'),
      stream: oneOf(roll, 'stdout', 'stderr', 'system'),
      message: oneOf(roll, `Step ${n}`, `took ${n} ms`, 'Connection RESET by peer', '100% of a_b\\c'),
    };
  });
  await sql`insert into logs (type, job_run_id, task_run_id, timestamp, level, stream, message)
            select type, job_run_id, task_run_id, timestamp, level, stream, message
              from jsonb_populate_recordset(null::logs, ${JSON.stringify(lines)}::jsonb)`.execute(db);
}

function randomFilter(roll: Dice): LogFilter {
  const sometimes = <T>(value: () => T): T | undefined => (roll(4) === 0 ? value() : undefined);
  const moment = () => new Date(START + roll(20) * 360_000);
  return {
    type: sometimes(() => oneOf(roll, 'system', 'job', 'task')),
    job_run_id: sometimes(() => oneOf(roll, RUNS[0]!, RUNS[1]!.toUpperCase())),
    task_run_id: sometimes(() => oneOf(roll, TASKS[0]!, TASKS[1]!)),
    level: sometimes(() => oneOf(roll, ['error'], ['info', 'warn'], ['warn', 'error'])),
    min_level: sometimes(() => oneOf(roll, 'debug', 'warn', 'error')),
    stream: sometimes(() => oneOf(roll, ['stderr'], ['stdout', 'system'])),
    from: sometimes(moment),
    to: sometimes(moment),
    text: sometimes(() => oneOf(roll, 'reset', '0% of A_b\\', 'STEP 1', 'nowhere')),
    regex: sometimes(() => oneOf(roll, '^Step \\d+$', '(?i)connection', '[13579] ms')),
  };
}

async function walk(db: Db, filter: LogFilter, order: Order, limit: number): Promise<LogLine[]> {
  const all: LogLine[] = [];
  let page = await listLines(db, filter, { limit, order });
  for (;;) {
    all.push(...page.lines);
    if (!page.next) return all;
    page = await listLines(db, filter, { limit, order, place: page.next });
  }
}

test('lists by any filters hold the lines that the predicate of the streams takes, in their order', async ({
  db,
}) => {
  await past(db);
  const every = await walk(db, {}, 'asc', LINES);
  const roll = dice(11);

  for (let round = 0; round < 40; round++) {
    const filter = randomFilter(roll);
    const wanted = every.filter(matcherOf(filter));
    const read = await walk(db, filter, 'asc', 1 + roll(60));
    const turned = await walk(db, filter, 'desc', 1 + roll(60));

    expect(read, JSON.stringify(filter)).toEqual(wanted);
    expect(turned, JSON.stringify(filter)).toEqual(wanted.toReversed());
  }
  expect(every).toHaveLength(LINES);
  expect(every).toEqual(
    every.toSorted((a, b) =>
      a.timestamp === b.timestamp ? a.id - b.id : a.timestamp < b.timestamp ? -1 : 1,
    ),
  );
});

const NAMED: [string, LogFilter, string][] = [
  ['a run', { job_run_id: RUNS[0] }, 'job_run_id_timestamp_id'],
  ['the errors of a run', { job_run_id: RUNS[0], level: ['error'] }, 'job_run_id_left_timestamp_id'],
  ['a task', { task_run_id: TASKS[0] }, 'task_run_id_timestamp_id'],
  ['the system', { type: 'system' }, 'type_timestamp_id'],
  ['what is bad', { min_level: 'warn' }, 'level_timestamp_id'],
  ['all', {}, 'type_timestamp_id'],
];

test.for(NAMED)(
  'a page of %s is sought by one index, in its order, in the days that it touches',
  async ([_, filter, index], { db }) => {
    await sql`insert into run_log (run_id, component) select unnest(${RUNS}::uuid[]), 'elsewhere'`.execute(
      db,
    );
    await sql`insert into task_runs (id, run_id, name) values (${TASKS[0]}, ${RUNS[0]}, 'a')`.execute(db);
    const { rows: days } = await sql<{ today: string }>`
      select (clock() at time zone 'UTC')::date::text as today`.execute(db);
    const { today } = days[0]!;
    // One run said all but a little of yesterday, and the other only today something.
    await sql`
    insert into logs (type, job_run_id, task_run_id, level, message, timestamp)
    select type, case when type <> 'system' then ${RUNS[0]}::uuid end, case when type = 'task' then ${TASKS[0]}::uuid end,
           case when n % 20 < 2 then 'error' when n % 20 = 2 then 'warn' else 'info' end, 'line ' || n,
           ${today}::date - interval '1 day' + n * interval '15 seconds'
      from (select n, case when n % 10 = 0 then 'system' when n % 10 < 4 then 'job' else 'task' end as type
              from generate_series(1, 5000) n) said`.execute(db);
    await sql`analyze logs`.execute(db);
    const at = new Date(Date.parse(today) - 12 * 3_600_000).toISOString().replace('Z', '000Z');
    const rows = linesInOrder(readingOf(filter), {
      place: { way: '<', key: [at, 7] },
      order: 'desc',
      take: 101,
    });

    const { rows: told } = await sql<Record<'QUERY PLAN', string>>`explain select * from ${rows} log`.execute(
      db,
    );
    const plan = told.map((line) => line['QUERY PLAN']).join('\n');

    const scans = [
      ...plan.matchAll(/(?:Scan Backward using|Scan using|Seq Scan on|Bitmap \w+ Scan on) (\S+)/g),
    ];
    expect(new Set(scans.map(([, name = '']) => name.replace(/^logs_\d+_|_idx\d*$/g, ''))), plan).toEqual(
      new Set([index]),
    );
    expect(plan).not.toMatch(/^ *->? *(Incremental )?Sort /m);
  },
);
