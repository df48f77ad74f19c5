/** Slots that nobody could run: told once each, mailed once a gap. */
import type { Client } from 'pg';
import type { Pipeline } from '../../lib/pipeline/options.ts';
import { declare } from '../../lib/requests/declare.ts';
import { openMailbox } from '../lib/mail/mailbox.ts';
import type { Weather } from '../setup/broker.ts';
import { test as base, expect, type Product } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { pass } from './hands-on.ts';
import { idle, pipelineOf } from './pipeline-of.ts';

/** Runs never begin; what else is told arrives as the test says. */
const telling =
  (copies: Weather = () => [0]): Weather =>
  (event) =>
    event.type.endsWith('slot.missed') ? copies(event) : [];

/** Hundreds of deliveries on a busy machine. */
const SLOW = { timeout: 180_000 };

type Options = { every?: string; weather?: Weather; misfire?: 'none' | 'last' | 'all' };
type World = Product & {
  ledger: Client;
  pipeline: Pipeline;
  mails(): { subject: string; text: string }[];
  quiet(): Promise<void>;
};

/** A pipeline that is due every five minutes, declared, with a mailbox. */
const test = base.extend('world', async ({ product, runlog, connect }, { onCleanup }) => {
  const mailbox = await openMailbox();
  onCleanup(mailbox.stop);
  return async ({
    every = '*/5 * * * *',
    weather = telling(),
    misfire = 'last',
  }: Options = {}): Promise<World> => {
    const ledger = await connect(runlog);
    const pipeline = pipelineOf(idle, { schedule: every, timezone: 'UTC', misfire: { policy: misfire } });
    const env = { SMTP_URL: mailbox.url, NOTIFY_TO: 'ops@example.com', NOTIFY_FROM: 'bot@example.com' };
    const made = await product({ pipelines: [pipeline], weather, env });
    // Two and a half minutes past noon no slot is near.
    await pass(ledger, `${86_400 * 1.5 + 150 - ((Date.now() / 1000) % 86_400)} seconds`);
    await declare(made.service.runlog, [pipeline], 'local');
    return {
      ...made,
      ledger,
      pipeline,
      mails: () => mailbox.mails.map(({ subject = '', text = '' }) => ({ subject, text })),
      async quiet() {
        await until(async () => {
          if (made.broker.pending() > 0) return false;
          await made.tick('minute');
          const open = await ledger.query(
            `select from outbox where type ~ 'slot.missed$' and done_at is null
             union all select from alert_notifications where status = 'pending'`,
          );
          return made.broker.pending() === 0 && open.rows.length === 0;
        });
      },
    };
  };
});

const STATES = `select state, count(*)::int as slots from run_requests group by state order by state`;
const TOLD = `select count(*)::int as told, count(distinct data ->> 'slot')::int as slots,
                     count(distinct data ->> 'gap')::int as gaps
                from outbox where type ~ 'slot.missed$'`;

const pauseFor = (ledger: Client, from: string, to: string) =>
  ledger.query(
    `insert into pauses (pipeline, paused_at, resumed_at, paused_by, why)
     values ('sample', clock() + $1::interval, clock() + $2::interval, 'ada', 'move')`,
    [from, to],
  );

test(
  'a day without any tick is one mail that tells its extent, however its events arrive',
  SLOW,
  async ({ world }) => {
    // In any order, and every tenth of them twice.
    const shuffled = telling(({ id }) => [
      Math.random() * 300,
      ...(/[05]0:00/.test(id) ? [Math.random() * 300] : []),
    ]);
    const { ledger, tick, quiet, mails } = await world({ weather: shuffled });
    await pass(ledger, '1 day');

    await tick('minute');
    await quiet();

    expect((await ledger.query(STATES)).rows).toEqual([
      { state: 'live', slots: 1 },
      { state: 'missed', slots: 287 },
    ]);
    expect((await ledger.query(TOLD)).rows).toEqual([{ told: 287, slots: 287, gaps: 1 }]);
    expect(mails()).toEqual([
      { subject: 'sample missed a slot', text: expect.stringContaining('sample missed 287 slots.') },
    ]);
    expect(mails()[0]?.text).toMatch(/The slot of .*12:05.* to .*11:55/);
  },
);

test('an absence of several transactions is one gap', async ({ world }) => {
  const { ledger, tick } = await world({ every: '* * * * *', weather: () => [] });
  await pass(ledger, '10 hours');

  await tick('schedule');

  expect((await ledger.query(TOLD)).rows).toEqual([{ told: 599, slots: 599, gaps: 1 }]);
});

test('what a run waits for leaves before the news of a long absence', async ({ world }) => {
  const { ledger, tick } = await world({ every: '* * * * *', weather: () => [] });
  await pass(ledger, '10 hours');

  await tick('schedule');

  const { rows } = await ledger.query(
    `select type, count(*)::int from outbox where sent_at = (select min(sent_at) from outbox) group by type`,
  );
  expect(rows).toContainEqual({ type: 'dev.kubescribe.run.requested', count: 1 });
});

test('a pause within an absence does not part its gap', async ({ world }) => {
  const { ledger, tick } = await world();
  await pauseFor(ledger, '20 minutes', '40 minutes');
  await pass(ledger, '1 hour');

  await tick('minute');

  expect((await ledger.query(TOLD)).rows).toEqual([{ told: 7, slots: 7, gaps: 1 }]);
});

test('a slot that was skipped in its time parts two gaps', async ({ world }) => {
  const { ledger, tick } = await world();
  await pass(ledger, '10 minutes');
  await pauseFor(ledger, '1 second', '15 minutes');
  await pass(ledger, '3 minutes');
  await tick('schedule');
  await pass(ledger, '20 minutes');

  await tick('schedule');

  expect((await ledger.query(TOLD)).rows).toMatchObject([{ gaps: 2 }]);
});

test.for(['schedule', 'minute'] as const)(
  'without the other tick the %s tick misses nothing',
  async (kind, { world }) => {
    const { ledger, tick } = await world();

    for (let i = 0; i < 6; i++) {
      await pass(ledger, kind === 'minute' ? '50 seconds' : '5 minutes');
      await tick(kind);
    }

    const { rows } = await ledger.query(`select from run_requests where state = 'missed'`);
    expect(rows).toEqual([]);
  },
);

test.for([
  ['whose file is gone', () => [], /^no pipeline has this name any more/],
  [
    'that cannot be planned',
    (known: Pipeline) => [
      {
        ...known,
        key: () => {
          throw new Error('no lane');
        },
      },
    ],
    /^no tick came before the next slot .*; it cannot be planned/,
  ],
] as const)(
  'slots of a pipeline %s are missed and told, once their time is long over',
  async ([, change, why], { world, product }) => {
    const { ledger, pipeline } = await world();
    const { tick } = await product({ pipelines: change(pipeline), weather: () => [] });

    await pass(ledger, '8 minutes');
    await tick('minute');
    const soon = await ledger.query(`select from run_requests`);
    await pass(ledger, '12 minutes');
    await tick('minute');
    await tick('minute');

    expect(soon.rows).toEqual([]);
    const { rows } = await ledger.query(
      `select to_char(slot, 'MI') as slot, state, why from run_requests order by slot`,
    );
    expect(rows).toEqual(
      ['05', '10'].map((slot) => ({ slot, state: 'missed', why: expect.stringMatching(why) })),
    );
    expect((await ledger.query(TOLD)).rows).toEqual([{ told: 2, slots: 2, gaps: 1 }]);
  },
);

test('slots that may still be asked for wait for whoever can plan them', async ({ world, product }) => {
  const { ledger, pipeline, tick } = await world({ misfire: 'all' });
  const key = () => {
    throw new Error('no lane');
  };
  const broken = await product({ pipelines: [{ ...pipeline, key }], weather: () => [] });
  await pass(ledger, '20 minutes');

  await broken.tick('minute');
  const meanwhile = await ledger.query('select from run_requests');
  await tick('minute');

  expect(meanwhile.rows).toEqual([]);
  expect(
    (
      await ledger.query(
        `select count(*)::int as slots, bool_or(state = 'missed') as missed from run_requests`,
      )
    ).rows,
  ).toEqual([{ slots: 4, missed: false }]);
});
