import { readFileSync } from 'node:fs';
import { vi } from 'vitest';
import { parse } from 'yaml';
import { HARD_STOP } from '../../lib/work/numbers.ts';
import { podThat } from '../setup/cluster.ts';
import { IN_TIME } from '../setup/in-time.ts';
import { until } from '../setup/until.ts';
import { expect, test } from './by-job.ts';
import { control } from './control.ts';
import { deliver, nothingArrives, WRITTEN } from './hands-on.ts';
import { idle, runOf, untilAborted, writeRow } from './pipeline-of.ts';
import { stopwatch } from './stopwatch.ts';

const SECOND = 1000;
const template = parse(readFileSync(new URL('../../knative/base/135-job.yaml', import.meta.url), 'utf8'));

test('a run is done by the pod of a Job, which is confined as the template says and limited as the pipeline says', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const { trigger, ended, cluster, broker } = await byJob(idle, {
    options: { job: { cpu: '500m', memory: '2Gi', pending: 60 }, timeout: 600 },
  });

  const asked = performance.now();
  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));
  const waited = (performance.now() - asked) / SECOND;
  // Its pod may be quicker than the delivery that made the Job.
  await until(() => broker.pending() === 0);

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  const { rows } = await ledger.query(
    'select epoch, attempt, instance, left_as from run_slices order by epoch',
  );
  const [job] = cluster.made;
  const name = `${run.run_id}-${job?.metadata.labels?.['kubescribe.dev/epoch']}`;
  expect(rows).toEqual([expect.objectContaining({ attempt: 1, instance: name, left_as: 'ended' })]);
  expect(cluster.made).toHaveLength(1);
  expect(job).toMatchObject({
    metadata: { name, labels: { 'kubescribe.dev/run': run.run_id, 'kubescribe.dev/pipeline': 'sample' } },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: 3600,
      template: {
        metadata: { labels: { 'app.kubernetes.io/component': 'job', 'kubescribe.dev/run': run.run_id } },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: 'kubescribe',
          automountServiceAccountToken: false,
        },
      },
    },
  });
  // The time that it may wait, what is left of the run's own, and some that ours be the first.
  const longest = 60 + 600 + 120;
  expect(job?.spec.activeDeadlineSeconds).toBeLessThanOrEqual(longest);
  expect(job?.spec.activeDeadlineSeconds).toBeGreaterThanOrEqual(longest - waited);
  const [container] = job?.spec.template.spec.containers ?? [];
  const [made] = template.template.spec.containers;
  expect(container).toMatchObject({
    image: made.image,
    securityContext: made.securityContext,
    resources: { limits: { cpu: '500m', memory: '2Gi' }, requests: { cpu: '500m', memory: '2Gi' } },
  });
  expect(container?.env).toEqual([...made.env, { name: 'KUBESCRIBE_JOB', value: `sample/${name}` }]);
  const delivered = broker.deliveries.filter(({ type }) => type.endsWith('run.requested'));
  expect(delivered.map(({ status }) => status)).toEqual([204]);
  const { rows: told } = await ledger.query(
    `select type from outbox where type ~ 'run.(started|succeeded)$'`,
  );
  expect(told).toHaveLength(2);
});

test('a delivery that comes again makes no second Job, whether the pod waits or works', async ({ byJob }) => {
  const begun = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const { trigger, ended, service, cluster, works } = await byJob(
    async function* () {
      begun.resolve();
      await over.promise;
      yield {};
    },
    { pods: () => [podThat({ phase: 'Pending' })], weather: nothingArrives },
  );
  const id = await runOf(trigger({ pipeline: 'sample' }));

  expect([await deliver(service, id, 0), await deliver(service, id, 0)]).toEqual([204, 204]);
  expect(cluster.made).toHaveLength(1);

  const pods = works(cluster.made[0]!);
  await begun.promise;
  expect(await deliver(service, id, 0)).toBe(204);
  over.resolve();
  expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });
  await Promise.all(pods.map(({ ended }) => ended));
  expect(cluster.made).toHaveLength(1);
});

test('a claim whose worker died before it made the Job is given its Job by the next delivery', async ({
  byJob,
}) => {
  const { trigger, ended, service, cluster } = await byJob(idle, { weather: nothingArrives });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  // The create gets lost with its answer, and so does whoever would have written that down.
  cluster.instead = (request) => {
    if (request.method === 'POST') throw new Error('cut');
    return undefined;
  };
  const query = vi.spyOn(service.log, 'warn').mockImplementation(() => {
    throw new Error('killed');
  });
  await deliver(service, id, 0);
  query.mockRestore();
  cluster.instead = () => undefined;
  expect(cluster.made).toEqual([]);

  expect(await deliver(service, id, 0)).toBe(204);

  expect(cluster.made).toHaveLength(1);
  expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });
});

test('of two pods that Kubernetes starts for a Job one works, and the other ends well', async ({
  byJob,
  report,
  connect,
}) => {
  const reports = await connect(report);
  await reports.query(WRITTEN);
  const { trigger, ended, cluster, works } = await byJob(async function* (context) {
    await writeRow(context);
    yield {};
  });
  cluster.start = (job) => [...works(job), ...works(job)];

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  expect((await reports.query('select from written')).rows).toHaveLength(1);
});

test('the work of a pod is not cut into slices, and its statements may last as long as the run', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const { runAhead } = stopwatch();
  const limits: unknown[] = [];
  const { trigger, ended, cluster } = await byJob(
    async function* ({ report, production, staging }) {
      for (const session of [report(), await production(), (await staging()).session]) {
        const { rows } = await session.query(
          `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`,
        );
        limits.push(rows[0]);
      }
      for (let step = 0; step < 5; step++) {
        runAhead(HARD_STOP);
        yield { step };
      }
    },
    { options: { timeout: 7200 } },
  );

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  expect(cluster.made).toHaveLength(1);
  expect(limits).toEqual(
    Array(3).fill({ statement: expect.stringMatching(/^(2h|71\d\d)/), lock: expect.any(String) }),
  );
  expect((await ledger.query(`select from outbox where type ~ 'run.continue$'`)).rows).toEqual([]);
});

test('a Job with a deadline gives way to the next one at a checkpoint', async ({ byJob }) => {
  const { runAhead } = stopwatch();
  const steps: number[] = [];
  const { trigger, ended, cluster } = await byJob(
    async function* ({ state }) {
      for (let step = Number(state.step ?? 0); step < 4; step++) {
        steps.push(step);
        runAhead(61 * SECOND);
        yield { step: step + 1 };
      }
    },
    { options: { job: { deadline: 100 } } },
  );

  const run = await ended(await runOf(trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  expect(steps).toEqual([0, 1, 2, 3]);
  expect(cluster.made.length).toBeGreaterThan(1);
});

test('a pod that is asked to stop leaves its run at a checkpoint, and the next Job goes on', async ({
  byJob,
}) => {
  const begun = Promise.withResolvers<void>();
  const steps: number[] = [];
  const { trigger, ended, cluster, works } = await byJob(async function* ({ state, signal }) {
    for (let step = Number(state.step ?? 0); step < 3; step++) {
      steps.push(step);
      yield { step: step + 1 };
      if (cluster.made.length > 1) continue;
      begun.resolve();
      await untilAborted(signal);
    }
  });
  const pods: ReturnType<typeof works> = [];
  cluster.start = (job) => {
    pods.push(...works(job));
    return pods.slice(-1);
  };
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await begun.promise;

  pods[0]?.stop();

  expect(await ended(id)).toMatchObject({ status: 'SUCCESS', meta: { attempts: 1 } });
  expect(steps).toEqual([0, 1, 2]);
  expect(cluster.made).toHaveLength(2);
});

test('a run that is cancelled while its pod waits ends at once, and its Job goes with the next sweep', async ({
  byJob,
}) => {
  const made = await byJob(idle, { pods: () => [podThat({ phase: 'Pending' })] });
  const { trigger, cluster, tick, run, works } = made;
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await expect.poll(() => cluster.made).toHaveLength(1);

  const answer = await control(made, id, 'cancel', { why: 'enough' });

  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ status: 'CANCELLED' });
  // The pod that now starts after all finds nothing to do.
  const [pod] = works(cluster.made[0]!);
  await pod?.ended;
  expect(pod?.status()).toEqual({ phase: 'Succeeded' });
  expect(cluster.names()).toHaveLength(1);
  expect((await tick('minute')).status).toBe(204);
  expect(cluster.names()).toEqual([]);
  expect(await run(id)).toMatchObject({ status: 'CANCELLED', meta: { cancel: { why: 'enough' } } });
});

test(
  'a run that is cancelled while its pod works is ended by the pod, within 5 s',
  IN_TIME,
  async ({ byJob }) => {
    const begun = Promise.withResolvers<void>();
    const made = await byJob(async function* ({ report }) {
      begun.resolve();
      await report().query('select pg_sleep(60)');
      yield {};
    });
    const id = await runOf(made.trigger({ pipeline: 'sample' }));
    await begun.promise;
    const asked = performance.now();

    expect((await control(made, id, 'cancel')).status).toBe(202);
    await expect.poll(async () => (await made.run(id)).status, { interval: 20 }).toBe('CANCELLED');

    expect(performance.now() - asked).toBeLessThan(5 * SECOND);
    await expect.poll(() => made.tick('minute').then(() => made.cluster.names())).toEqual([]);
  },
);

test('a pending Job whose run is overdue ends with the sweep, and no death is counted', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const { trigger, cluster, tick, run } = await byJob(idle, {
    pods: () => [podThat({ phase: 'Pending' })],
    options: { timeout: 60 },
  });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await expect.poll(() => cluster.made).toHaveLength(1);
  await ledger.query(`insert into clock_shift (shift) values ('61 seconds')`);

  await tick('minute');

  const ended = await run(id);
  expect(ended).toMatchObject({ status: 'TIMEOUT', error_code: 'RUN_TIMEOUT' });
  expect(ended.meta).not.toHaveProperty('deaths');
  expect(cluster.names()).toEqual([]);
});
