import { expect } from '../setup/product.ts';
import { statesOf, test } from './hourly.ts';
import type { Context } from './pipeline-of.ts';

/** Fails as long as `weather.bad`. */
function brittle() {
  const weather = { bad: true };
  const body = async function* (_: Context) {
    if (weather.bad) throw Object.assign(new Error('the source is down'), { code: 'SOURCE_DOWN' });
    yield {};
  };
  return { weather, body };
}

const once = { attempts: 1, backoff: 0 };

const failingTest = test.extend(
  'failing',
  async ({ hourly }) =>
    async (pauseAfter: number | null = 3, sent = true) => {
      const { weather, body } = brittle();
      const made = await hourly({
        body,
        retry: once,
        sent,
        ...(pauseAfter !== null && { pauseAfter }),
      });
      /** Lets the next slot run to its end, or be skipped. */
      const slot = async () => {
        await made.later('1 hour');
        await made.tick('schedule');
        const { rows } = await made.ledger.query<{ run_id: string; state: string }>(
          `select run_id, state from run_requests where kind = 'slot' order by slot desc limit 1`,
        );
        const [newest] = rows;
        if (newest && newest.state !== 'skipped') await made.ended(newest.run_id);
        return newest?.run_id;
      };
      const pauses = async () =>
        (
          await made.ledger.query(
            'select paused_by, why, automatic, resumed_at from pauses order by pause_id',
          )
        ).rows;
      return { ...made, weather, slot, pauses };
    },
);

const BY_ITSELF = {
  paused_by: 'KubeScribe',
  why: expect.stringMatching(/^3 failures in a row, the last with SOURCE_DOWN$/),
  automatic: true,
};

failingTest('the third failure in a row pauses the schedule, the second does not', async ({ failing }) => {
  const { slot, pauses, slots } = await failing();

  await slot();
  await slot();
  const afterTwo = await pauses();
  await slot();
  await slot();

  expect(afterTwo).toEqual([]);
  expect(await pauses()).toMatchObject([BY_ITSELF]);
  expect(statesOf(await slots())).toEqual(['ran', 'ran', 'ran', 'skipped']);
});

failingTest('a success in between begins the count anew', async ({ failing }) => {
  const { slot, pauses, weather } = await failing();
  await slot();
  await slot();
  weather.bad = false;
  await slot();
  weather.bad = true;
  await slot();
  await slot();

  expect(await pauses()).toEqual([]);

  await slot();
  expect(await pauses()).toMatchObject([BY_ITSELF]);
});

failingTest('after a resume it takes as many new failures again', async ({ failing }) => {
  const { slot, pauses, resume } = await failing();
  for (const _ of [1, 2, 3]) await slot();
  await resume();

  await slot();
  await slot();
  const afterTwo = await pauses();
  await slot();

  expect(afterTwo).toHaveLength(1);
  expect(await pauses()).toMatchObject([
    { resumed_at: expect.any(Date) },
    { ...BY_ITSELF, resumed_at: null },
  ]);
});

failingTest('what people asked for neither counts nor pauses', async ({ failing }) => {
  const { slot, pauses, start } = await failing();
  await slot();
  for (const _ of [1, 2, 3]) await start('sample');
  await slot();

  expect(await pauses()).toEqual([]);
});

failingTest('without pauseAfter a schedule fails for ever', async ({ failing }) => {
  const { slot, pauses } = await failing(null);

  for (const _ of [1, 2, 3, 4]) await slot();

  expect(await pauses()).toEqual([]);
});

failingTest('a failure while somebody has paused already changes nothing', async ({ failing }) => {
  const { slot, pauses, pause, tick, later, ledger, ended } = await failing(1);
  await later('1 hour');
  await tick('schedule');
  await pause();
  const { rows } = await ledger.query<{ run_id: string }>('select run_id from run_requests');
  await ended(rows[0]!.run_id);
  await slot();

  expect(await pauses()).toMatchObject([{ paused_by: 'ada', automatic: false }]);
});

failingTest('the pause is told once, with its cause and the run', async ({ failing }) => {
  const { slot, ledger } = await failing();
  let last: string | undefined;
  for (const _ of [1, 2, 3]) last = await slot();

  const { rows } = await ledger.query(
    `select subject, data from outbox where type = 'dev.kubescribe.pipeline.paused'`,
  );
  expect(rows).toEqual([
    {
      subject: 'sample/1',
      data: {
        pipeline: 'sample',
        pause: 1,
        paused_at: expect.any(String),
        paused_by: 'KubeScribe',
        why: expect.stringContaining('SOURCE_DOWN'),
        automatic: true,
        run_id: last,
      },
    },
  ]);
});

failingTest('a run that took too long counts, one that somebody cancelled does not', async ({ failing }) => {
  // Runs that nothing begins: the sweep ends them, as what is said of them.
  const { slots, pauses, later, tick, ledger, ended } = await failing(2, false);
  const stop = async (how: string) => {
    await later('1 hour');
    await tick('schedule');
    await ledger.query(how);
    const { rows } = await ledger.query<{ run_id: string }>(`select run_id from run_work`);
    for (const { run_id } of rows) await ended(run_id);
  };
  await stop(`update run_work set deadline = clock()`);
  await stop(`update run_work set cancel_at = clock(), cancel_why = 'enough'`);
  const between = await pauses();
  await stop(`update run_work set deadline = clock()`);

  expect(between).toEqual([]);
  expect((await slots()).map(({ why }) => why)).toEqual(['TIMEOUT', 'CANCELLED', 'TIMEOUT']);
  expect(await pauses()).toMatchObject([{ why: expect.stringContaining('2 failures in a row') }]);
});

failingTest('the slot that waits behind the last failure is skipped, not begun', async ({ hourly }) => {
  const { later, tick, ledger, slots, ended } = await hourly({
    pauseAfter: 1,
    overlap: { slots: 'queue-all' },
  });
  for (const _ of [1, 2]) {
    await later('1 hour');
    await tick('schedule');
  }
  const { rows } = await ledger.query<{ run_id: string }>(
    'update run_work set deadline = clock() returning run_id',
  );

  await ended(rows[0]!.run_id);

  expect(await slots()).toMatchObject([
    { state: 'ran', why: 'TIMEOUT' },
    { state: 'skipped', why: expect.stringMatching(/^paused by KubeScribe: 1 failure, the last with /) },
  ]);
});

failingTest('a run that began before the resume and fails after it does not count', async ({ hourly }) => {
  const { later, tick, ledger, pause, resume, slots, ended } = await hourly({ pauseAfter: 1 });
  await later('1 hour');
  await tick('schedule');
  await pause();
  await resume();
  const { rows } = await ledger.query<{ run_id: string }>(
    'update run_work set deadline = clock() returning run_id',
  );

  await ended(rows[0]!.run_id);

  expect(await slots()).toMatchObject([{ state: 'ran', why: 'TIMEOUT' }]);
  const open = await ledger.query('select from pauses where resumed_at is null');
  expect(open.rows).toHaveLength(0);
});
