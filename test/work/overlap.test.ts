import type { Overlap } from '../../lib/requests/ask.ts';
import { expect, test } from '../setup/product.ts';
import { until } from '../setup/until.ts';
import { nothingArrives } from './hands-on.ts';
import { idle, pipelineOf, runOf } from './pipeline-of.ts';

const SECOND = 1000;
const STATES = 'select state from run_requests order by ordinal';

const withPolicy = (people: Overlap) => ({
  pipelines: [pipelineOf(idle, { overlap: { people }, key: ({ lane }) => lane })],
  weather: nothingArrives,
});

test('ten triggers at once make ten runs, one at a time and in order, and all succeed', {
  timeout: 60 * SECOND,
}, async ({ product, runlog, connect }) => {
  const { trigger, ended } = await product({ pipelines: [pipelineOf(idle)] });

  const ids = await Promise.all(Array.from({ length: 10 }, () => runOf(trigger({ pipeline: 'sample' }))));
  for (const id of ids) expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });

  expect(new Set(ids).size).toBe(10);
  const { rows } = await (await connect(runlog)).query(
    `select started_at >= coalesce(lag(finished_at) over (order by ordinal), '-infinity') as in_order
       from run_requests join run_log using (run_id)`,
  );
  expect(rows).toEqual(Array.from({ length: 10 }, () => ({ in_order: true })));
});

test.for<[Overlap, string[]]>([
  ['queue-all', ['live', 'waiting', 'waiting']],
  ['queue', ['live', 'replaced', 'waiting']],
  ['allow', ['live', 'waiting', 'waiting']],
  ['replace', ['live', 'replaced', 'waiting']],
])(
  'overlap %s makes of three requests in one lane: %s',
  async ([policy, states], { product, runlog, connect }) => {
    const { trigger } = await product(withPolicy(policy));

    for (let i = 0; i < 3; i++) await trigger({ pipeline: 'sample' });

    const { rows } = await (await connect(runlog)).query(STATES);
    expect(rows.map((row) => row.state)).toEqual(states);
  },
);

test('overlap skip drops a request and names the run that is live', async ({ product }) => {
  const { trigger } = await product(withPolicy('skip'));
  const live = await runOf(trigger({ pipeline: 'sample' }));

  const answer = await trigger({ pipeline: 'sample' });

  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ live_run: `/runs/${live}` });
});

test('of ten triggers at once overlap skip lets one live and names it to the others', async ({
  product,
  runlog,
  connect,
}) => {
  const { trigger } = await product(withPolicy('skip'));

  const answers = await Promise.all(Array.from({ length: 10 }, () => trigger({ pipeline: 'sample' })));

  expect(answers.map((answer) => answer.status).toSorted()).toEqual([202, ...Array(9).fill(409)]);
  const { rows } = await (await connect(runlog)).query(STATES);
  expect(rows.map((row) => row.state).toSorted()).toEqual(['live', ...Array(9).fill('skipped')]);
});

test('requests with other keys run side by side', async ({ product, runlog, connect }) => {
  const { trigger } = await product(withPolicy('allow'));

  for (const lane of ['a', 'b', 'a']) await trigger({ pipeline: 'sample', params: { lane } });

  const { rows } = await (await connect(runlog)).query(STATES);
  expect(rows.map((row) => row.state)).toEqual(['live', 'live', 'waiting']);
});

test('a run that sleeps is replaced at once, without waiting for a sweep', async ({
  product,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const naps = pipelineOf(
    async function* (context) {
      yield {};
      if (context.params.fail) throw new Error('as asked');
    },
    { overlap: { people: 'replace' }, retry: { attempts: 2, backoff: 3600 } },
  );
  const { trigger, run } = await product({ pipelines: [naps] });
  const first = await runOf(trigger({ pipeline: 'sample', params: { fail: true } }));
  await until(async () => (await ledger.query('select from run_work where wake_at is not null')).rowCount);

  const second = await runOf(trigger({ pipeline: 'sample' }));

  await until(async () => (await run(second)).status === 'SUCCESS');
  expect(await run(first)).toMatchObject({ status: 'CANCELLED', error_message: `replaced by run ${second}` });
});
