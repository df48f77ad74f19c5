import * as z from 'zod';
import { turnTo } from '../setup/clock.ts';
import { expect } from '../setup/product.ts';
import { test } from '../work/hourly.ts';
import { problem } from './doors.ts';

const Shown = z.object({ next_slots: z.array(z.string()), history: z.array(z.object({ cron: z.string() })) });
const shownBy = async (answer: Response) => Shown.parse(await answer.json());

type Wish = { method?: string; body?: unknown; headers?: Record<string, string> };

const scheduleTest = test.extend('door', async ({ hourly }) => async () => {
  const made = await hourly();
  const say = (path: string, { method = 'POST', body, headers }: Wish = {}) =>
    made.ask(`/pipelines/${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return { ...made, say };
});

const wish = { cron: '15 * * * *', timezone: 'UTC', why: 'a trial' };
const put = (body: unknown, headers = {}): Wish => ({ method: 'PUT', body, headers });

scheduleTest(
  'a pipeline that nobody knows is a 404 at every door, and no row is left of it',
  async ({ door }) => {
    const { say, ledger } = await door();

    const answers = [
      await say('nobody/schedule', { method: 'GET' }),
      await say('nobody/schedule', put(wish)),
      await say('nobody/schedule', { method: 'DELETE', body: { why: 'x' } }),
      await say('nobody/pause', { body: { why: 'x' } }),
      await say('nobody/resume'),
      await say('nobody/pauses', { method: 'GET' }),
    ];

    for (const answer of answers) {
      expect(await problem(answer)).toMatchObject({ status: 404, title: 'Unknown pipeline' });
    }
    const { rows } = await ledger.query('select name from pipelines');
    expect(rows).toEqual([{ name: 'sample' }]);
  },
);

scheduleTest.for([
  ['a cron of six fields', { ...wish, cron: '0 0 3 * * *' }, 'must have five cron fields'],
  ['a cron that never was one', { ...wish, cron: 'soon' }, 'five cron fields'],
  ['a weekday that Knative does not take', { ...wish, cron: '0 3 * * 7' }, 'Sunday is 0'],
  ['a zone that is none', { ...wish, timezone: 'Europe/Atlantis' }, 'no IANA time zone'],
  ['an offset in place of a zone', { ...wish, timezone: '+02:00' }, 'no IANA time zone'],
] as const)('%s is refused with its reason, and changes nothing', async ([, body, reason], { door }) => {
  const { say, shown } = await door();

  const answer = await problem(await say('sample/schedule', put(body)));

  expect(answer).toMatchObject({ status: 422, title: 'Unusable schedule' });
  expect(answer.detail).toContain(reason);
  expect(await shown()).toMatchObject({ schedule: { origin: 'file' }, history: [{}] });
});

scheduleTest.for([
  ['no reason', { cron: '15 * * * *', timezone: 'UTC' }, '/why'],
  ['an empty reason', { ...wish, why: '  ' }, '/why'],
  ['a reason of two lines', { ...wish, why: 'one\ntwo' }, '/why'],
  ['a reason that moves the cursor', { ...wish, why: 'quiet\u001b[2J' }, '/why'],
  ['a reason that is read backwards', { ...wish, why: 'a \u202etrap' }, '/why'],
  ['a reason without end', { ...wish, why: 'x'.repeat(501) }, '/why'],
  ['no zone', { cron: '15 * * * *', why: 'x' }, '/timezone'],
  ['an unknown rule for gaps', { ...wish, gap: 'both' }, '/gap'],
  ['a field that nobody knows', { ...wish, colour: 'red' }, '/'],
] as const)('a body with %s is refused at its place', async ([, body, pointer], { door }) => {
  const { say, shown } = await door();

  const answer = await problem(await say('sample/schedule', put(body)));

  expect(answer).toMatchObject({ status: 400, errors: [{ pointer }] });
  expect(await shown()).toMatchObject({ schedule: { origin: 'file' } });
});

scheduleTest('a pause wants its reason, a resume may go without', async ({ door }) => {
  const { say } = await door();

  const refused = [
    await say('sample/pause'),
    await say('sample/pause', { body: {} }),
    await say('sample/pause', { body: { why: 'a\u0007b' } }),
    await say('sample/pause', { body: { why: 'x', until: 'tomorrow' } }),
    await say('sample/resume', { body: { why: '' } }),
    await say('sample/schedule', { method: 'DELETE' }),
  ];
  const taken = [await say('sample/pause', { body: { why: 'x' } }), await say('sample/resume')];

  expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400]);
  expect(taken.map(({ status }) => status)).toEqual([200, 200]);
});

scheduleTest('a secret in a reason is not kept', async ({ door }) => {
  const { say } = await door();

  const answer = await say('sample/pause', { body: { why: 'postgres://u:hunter2@db/x is down' } });

  expect(await answer.text()).not.toContain('hunter2');
});

scheduleTest('a change by somebody who saw another version is refused', async ({ door }) => {
  const { say } = await door();
  const seen = (await say('sample/schedule', { method: 'GET' })).headers.get('etag') ?? '';

  const first = await say('sample/schedule', put(wish, { 'if-match': seen }));
  const second = await say('sample/schedule', put({ ...wish, cron: '30 * * * *' }, { 'if-match': seen }));
  const third = await say(
    'sample/schedule',
    put({ ...wish, cron: '30 * * * *' }, { 'if-match': first.headers.get('etag') ?? '' }),
  );

  expect(seen).toMatch(/^"\d+"$/);
  expect([first.status, third.status]).toEqual([200, 200]);
  expect(await problem(second)).toMatchObject({ status: 412, title: 'Schedule changed' });
});

scheduleTest(
  'the next five slots are told, around a change of clocks by the rule of the schedule',
  async ({ door, runlog, connect }) => {
    await turnTo(await connect(runlog), '2027-01-01T00:30:00Z');
    const { say } = await door();
    // Clocks go forward at 01:00 UTC on 28 March 2027 in Berlin: 02:30 is left out.
    const yearly = { cron: '30 2 28 3 *', timezone: 'Europe/Berlin', why: 'x' };
    const slots = async (gap: string) => {
      const answer = await say('sample/schedule', put({ ...yearly, gap }));
      return (await shownBy(answer)).next_slots;
    };

    expect((await slots('once'))[0]).toBe('2027-03-28T01:30:00.000Z');
    expect((await slots('skip'))[0]).toBe('2028-03-28T00:30:00.000Z');
    expect(await slots('once')).toHaveLength(5);
  },
);

scheduleTest(
  'a time that a change of clocks repeats is run as the schedule says',
  async ({ door, runlog, connect }) => {
    await turnTo(await connect(runlog), '2027-01-01T00:30:00Z');
    const { say } = await door();
    // Clocks go back at 01:00 UTC on 31 October 2027 in Berlin: 02:30 comes twice.
    const yearly = { cron: '30 2 31 10 *', timezone: 'Europe/Berlin', why: 'x' };
    const slots = async (overlap: string) => {
      const shown = await shownBy(await say('sample/schedule', put({ ...yearly, overlap })));
      return shown.next_slots.filter((slot) => slot.startsWith('2027'));
    };

    expect(await slots('both')).toEqual(['2027-10-31T00:30:00.000Z', '2027-10-31T01:30:00.000Z']);
    expect(await slots('once')).toEqual(['2027-10-31T00:30:00.000Z']);
    expect(await slots('skip')).toEqual([]);
  },
);

scheduleTest('the history comes page by page, newest first', async ({ door }) => {
  const { say, ask } = await door();
  for (const minute of [1, 2, 3, 4])
    await say('sample/schedule', put({ ...wish, cron: `${minute} * * * *` }));

  const crons: string[] = [];
  let path: string | undefined = '/pipelines/sample/schedule?limit=2';
  while (path) {
    const answer = await ask(path);
    for (const row of (await shownBy(answer)).history) crons.push(row.cron);
    path = /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }

  expect(crons).toEqual(['4 * * * *', '3 * * * *', '2 * * * *', '1 * * * *', '0 * * * *']);
  expect((await ask('/pipelines/sample/schedule?limit=201')).status).toBe(400);
  expect((await ask('/pipelines/sample/schedule?cursor=x')).status).toBe(400);
});

scheduleTest('all pauses of a pipeline are listed, newest first', async ({ door }) => {
  const { pause, resume, ask } = await door();
  await pause('one');
  await resume();
  await pause('two');

  const answer = await ask('/pipelines/sample/pauses');

  expect(await answer.json()).toMatchObject([
    { why: 'two', paused_by: 'ada', resumed_at: null },
    { why: 'one', resumed_by: 'ada' },
  ]);
});

scheduleTest(
  'a row that somebody wrote by hand and nobody can read shows, and can be replaced',
  async ({ door }) => {
    const { say, ledger, shown } = await door();
    await ledger.query(`update schedules set cron = 'now and then'`);
    expect(await shown()).toMatchObject({ schedule: { cron: 'now and then' }, next_slots: [] });

    const answer = await say('sample/schedule', put(wish));

    expect(await answer.json()).toMatchObject({ schedule: { cron: '15 * * * *' } });
  },
);

scheduleTest('other methods are told which ones a path takes', async ({ door }) => {
  const { say } = await door();

  const answer = await say('sample/schedule');

  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET, PUT, DELETE');
});
