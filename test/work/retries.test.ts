import type { Client } from 'pg';
import { vi } from 'vitest';
import type { ErrorClass, Retry } from '../../lib/pipeline/options.ts';
import { Refusal, type TaskBody } from '../../lib/pipeline/task.ts';
import { longestPause } from '../../lib/work/retry.ts';
import { settle } from '../../lib/work/settle.ts';
import { expect, test } from '../setup/product.ts';
import { claimed, nothingArrives, pass } from './hands-on.ts';
import { idle, type Params, pipelineOf, retriesAtOnce, runOf } from './pipeline-of.ts';

const patient: Retry = { attempts: 9, backoff: 100, longest: 100, per: {} };
const nobody = { PROD_DB_URL: 'postgresql://nobody@127.0.0.1:1/nothing' };

const failedOf = (of: ErrorClass) => {
  const end = { status: 'ERROR', code: 'X', message: 'as asked' } as const;
  return { is: 'failed', end, of, state: {}, progressed: false } as const;
};

/** How long the one run sleeps since its last slice was left, in seconds. */
async function sleepOf(ledger: Client): Promise<number> {
  const { rows } = await ledger.query(
    `select extract(epoch from wake_at - (select max(left_at) from run_slices))::float8 as pause from run_work`,
  );
  return rows[0].pause;
}

/** Asks production for something that goes wrong. */
const asks = (query: string): TaskBody<Params> =>
  async function* ({ production }) {
    yield {};
    await (await production()).query(query);
  };

test('a failing attempt is tried again with a pause, and the run succeeds', async ({ product }) => {
  const failsTwice = pipelineOf(async function* (context) {
    const tries = Number(context.state.tries ?? 0) + 1;
    yield { tries };
    if (tries < 3) throw new Error('not yet');
  });
  const { trigger, ended } = await product({ pipelines: [failsTwice] });

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 3 } });
  expect(run.meta).not.toHaveProperty('deaths');
});

test('when every attempt has failed the run ends as ERROR with the cause', async ({ product }) => {
  const fails = pipelineOf(async function* () {
    yield {};
    throw new Error('the source is empty');
  });
  const { trigger, ended } = await product({ pipelines: [fails] });

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'ERROR', error_message: 'the source is empty', meta: { attempts: 3 } });
});

test('a refusal ends the run at once, without retries', async ({ product }) => {
  const refuses = pipelineOf(async function* () {
    yield {};
    throw new Refusal('NOT_TODAY', 'the market is closed');
  });
  const { trigger, ended } = await product({ pipelines: [refuses] });

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'ERROR', error_code: 'NOT_TODAY', meta: { attempts: 1 } });
});

test('between two attempts a run sleeps for any part of its back-off', async ({
  product,
  runlog,
  connect,
}) => {
  const { service, trigger } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const ledger = await connect(runlog);
  const pauses: number[] = [];
  for (const share of [0.001, 0.5, 0.999]) {
    const random = vi.spyOn(Math, 'random').mockReturnValue(share);
    await settle(service, await claimed(service, id, pauses.length), patient, failedOf('failed'));
    random.mockRestore();
    pauses.push(await sleepOf(ledger));
    await pass(ledger, '100 seconds');
  }

  expect(pauses.map(Math.round)).toEqual([0, 50, 100]);
  const { rows } = await ledger.query('select attempt, failures, lease_until from run_work');
  expect(rows).toEqual([{ attempt: 4, failures: { failed: 3 }, lease_until: null }]);
});

test.for([
  ['that brought the run on leaves its deaths behind', true, 0],
  ['that got nowhere is no step out of its deaths', false, 1],
] as const)('a failed attempt %s', async ([, progressed, deaths], { product, runlog, connect }) => {
  const ledger = await connect(runlog);
  const { service, trigger } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await claimed(service, id);
  await pass(ledger, '31 seconds');

  await settle(service, await claimed(service, id), retriesAtOnce, { ...failedOf('failed'), progressed });

  expect(await claimed(service, id, 1)).toMatchObject({ deaths, attempt: 2 });
});

test('no pause goes beyond the deadline of the run', async ({ product, runlog, connect }) => {
  const { service, trigger } = await product({ pipelines: [pipelineOf(idle)], weather: nothingArrives });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const ledger = await connect(runlog);
  await ledger.query(`update run_work set deadline = clock() + interval '40 seconds'`);
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);

  await settle(service, await claimed(service, id), patient, failedOf('failed'));
  random.mockRestore();

  expect(await sleepOf(ledger)).toBeGreaterThan(15);
  expect(await sleepOf(ledger)).toBeLessThanOrEqual(20);
});

test('the pause doubles with each failure up to its longest', () => {
  const longest = [1, 2, 3, 4, 5].map((failed) =>
    longestPause({ attempts: 6, backoff: 10, longest: 100, per: {} }, { failed }, 'failed'),
  );

  expect(longest).toEqual([10, 20, 40, 80, 100]);
});

test('a class that retry.per names is counted by itself, the others together', () => {
  const retry: Retry = { attempts: 3, backoff: 10, longest: 300, per: { away: { attempts: 5, backoff: 1 } } };

  expect(longestPause(retry, { away: 4, failed: 2 }, 'away')).toBe(8);
  expect(longestPause(retry, { away: 5, failed: 2 }, 'away')).toBeUndefined();
  expect(longestPause(retry, { away: 4, failed: 2 }, 'failed')).toBe(20);
  expect(longestPause(retry, { away: 4, failed: 2, conflict: 1 }, 'conflict')).toBeUndefined();
});

test.for<[ErrorClass, string, TaskBody<Params>]>([
  ['away', 'DATABASE_AWAY', asks('select 1')],
  ['conflict', 'SQL_40001', asks(`do $$ begin raise serialization_failure; end $$`)],
  ['conflict', 'SQL_40P01', asks(`do $$ begin raise deadlock_detected; end $$`)],
  ['timeout', 'SQL_57014', asks(`set statement_timeout = 20; select pg_sleep(5)`)],
  ['failed', 'SQL_42P01', asks('select from nowhere')],
])('what fails as %s (%s) is tried as often as retry.per says', async ([of, code, body], { product }) => {
  const per = { [of]: { attempts: 2, backoff: 0.01 } };
  const pipelines = [pipelineOf(body, { retry: { attempts: 1, per } })];
  const { start } = await product({ pipelines, ...(code === 'DATABASE_AWAY' && { env: nobody }) });

  expect(await start('sample')).toMatchObject({ status: 'ERROR', error_code: code, meta: { attempts: 2 } });
});
