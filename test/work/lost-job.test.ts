/** Jobs whose pods die, never start, or come back too late; and a cluster that does not answer. */
import type { Client } from 'pg';
import { commit } from '../../lib/boundary.ts';
import { carryOn } from '../../lib/work/carry-on.ts';
import { demandEpoch, LeaseLost, renew } from '../../lib/work/claim.ts';
import { takeJob } from '../../lib/work/take-job.ts';
import type { PodStatus } from '../../local/kubernetes/job-resource.ts';
import { podThat, unavailable } from '../setup/cluster.ts';
import type { Product } from '../setup/product.ts';
import { expect, test } from './by-job.ts';
import { control } from './control.ts';
import { deliver, nothingArrives, pass, WRITTEN } from './hands-on.ts';
import { idle, runOf, writeRow } from './pipeline-of.ts';
import { stopwatch } from './stopwatch.ts';

const SECOND = 1000;
const pending = { phase: 'Pending' } as const;
const failed = (terminated: Record<string, unknown>): PodStatus => ({
  phase: 'Failed',
  containerStatuses: [{ state: { terminated } }],
});

/** A pod takes the work of the newest Job, and is never heard of again. */
async function takenAndLost({ service }: Product, ledger: Client, id: string) {
  const { rows } = await ledger.query('select job_epoch from run_work where run_id = $1', [id]);
  const work = await takeJob(service.runlog, id, Number(rows[0].job_epoch), { instance: 'lost' });
  expect(work, 'the work of the Job').toBeDefined();
  await pass(ledger, '31 seconds');
  return work!;
}

test('a pod that was killed for its memory is followed by another, and the third such death ends the run in the words of the cluster', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const made = await byJob(idle, {
    pods: () => [podThat(failed({ reason: 'OOMKilled', exitCode: 137 }))],
    options: { job: { memory: '512Mi' } },
  });
  const { trigger, tick, run, cluster } = made;
  const id = await runOf(trigger({ pipeline: 'sample' }));
  for (let death = 1; death <= 3; death++) {
    await expect.poll(() => cluster.made).toHaveLength(death);
    await takenAndLost(made, ledger, id);
    await tick('minute');
  }

  const ended = await run(id);
  expect(ended).toMatchObject({
    status: 'ERROR',
    error_code: 'JOB_OOM_KILLED',
    error_message: expect.stringContaining('more memory than 512Mi (OOMKilled)'),
    meta: { deaths: 3 },
  });
  const { rows } = await ledger.query(
    'select distinct instance, left_as, error_code from run_slices where run_id = $1',
    [id],
  );
  expect(rows).toEqual([{ instance: 'lost', left_as: 'died', error_code: 'JOB_OOM_KILLED' }]);
  // They have finished: their logs may be read until their time is over.
  expect(cluster.names()).toHaveLength(3);
  expect((await ledger.query('select from abandoned_jobs')).rows).toEqual([]);
});

test('a Job that does not start in the time that it has for that is deleted, and the run goes on by another', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' };
  const made = await byJob(idle, { options: { job: { pending: 600 } } });
  const { trigger, tick, ended, cluster, works } = made;
  cluster.start = () => [
    podThat({ phase: 'Pending', containerStatuses: [{ image: 'kubescribe:9', state: { waiting } }] }),
  ];
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await expect.poll(() => cluster.made).toHaveLength(1);
  await pass(ledger, '9 minutes');
  await tick('minute');
  expect(cluster.names()).toHaveLength(1);
  await pass(ledger, '61 seconds');
  cluster.start = works;

  await tick('minute');

  expect(await ended(id)).toMatchObject({ status: 'SUCCESS', meta: { deaths: 1 } });
  expect(cluster.made).toHaveLength(2);
  expect(cluster.names()).not.toContain(cluster.made[0]?.metadata.name);
  const { rows } = await ledger.query(
    `select left_as, error_code, error_message from run_slices order by epoch`,
  );
  expect(rows[0]).toEqual({
    left_as: 'died',
    error_code: 'JOB_IMAGE_PULL',
    error_message: 'its image kubescribe:9 cannot be pulled (ImagePullBackOff: Back-off pulling image)',
  });
});

test('a pod that comes after its Job was given up, or after the end of the run, ends well and does nothing', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const { trigger, tick, ended, run, cluster, works } = await byJob(idle, { pods: () => [podThat(pending)] });
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await expect.poll(() => cluster.made).toHaveLength(1);
  await pass(ledger, '301 seconds');
  await tick('minute');
  await expect.poll(() => cluster.made).toHaveLength(2);

  const [late] = works(cluster.made[0]!);
  await late?.ended;
  expect(late?.status()).toEqual({ phase: 'Succeeded' });
  expect(await run(id)).toMatchObject({ status: 'STARTED' });
  works(cluster.made[1]!);
  expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });
  const [later] = works(cluster.made[1]!);
  await later?.ended;
  expect(later?.status()).toEqual({ phase: 'Succeeded' });
});

test('a zombie of a pod writes nothing once another Job has its work', async ({
  byJob,
  runlog,
  report,
  connect,
}) => {
  const [ledger, reports] = [await connect(runlog), await connect(report)];
  await reports.query(WRITTEN);
  const made = await byJob(
    async function* (context) {
      await writeRow(context);
      yield {};
    },
    { pods: () => [podThat({ phase: 'Running' })] },
  );
  const { trigger, tick, ended, service, cluster, works } = made;
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await expect.poll(() => cluster.made).toHaveLength(1);
  const zombie = await takenAndLost(made, ledger, id);
  cluster.start = works;
  await tick('minute');
  expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });

  await carryOn(service, zombie, { inJob: true });

  const { runlog: db } = service;
  await expect(commit('renew', db, (tx) => renew(tx, id, zombie.epoch))).rejects.toThrow(LeaseLost);
  await expect(commit('any', db, (tx) => demandEpoch(tx, id, zombie.epoch))).rejects.toThrow(LeaseLost);
  expect((await reports.query('select from written')).rows).toHaveLength(1);
  // What still ran of it was deleted.
  expect(cluster.names()).not.toContain(cluster.made[0]?.metadata.name);
});

test('what a pod kept on its way is where the next one goes on, and forgets the deaths before', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const { runAhead } = stopwatch();
  const stuck = Promise.withResolvers<void>();
  const steps: number[] = [];
  const made = await byJob(async function* ({ state }) {
    for (let step = Number(state.step ?? 0); step < 3; step++) {
      steps.push(step);
      runAhead(11 * SECOND);
      yield { step: step + 1 };
      if (made.cluster.made.length === 1 && step === 1) await stuck.promise;
    }
  });
  const id = await runOf(made.trigger({ pipeline: 'sample' }));
  const kept = async () => (await ledger.query('select state, deaths from run_work')).rows[0];
  await expect.poll(kept).toEqual({ state: { task: 0, left: { step: 2 } }, deaths: 0 });

  // As if its pod had died there: it lives, and would renew its lease.
  await ledger.query(
    `update run_work set epoch = nextval('epochs'), lease_until = clock() - interval '1 second'`,
  );
  await made.tick('minute');

  expect(await made.ended(id)).toMatchObject({ status: 'SUCCESS' });
  expect(steps).toEqual([0, 1, 2]);
  stuck.resolve();
});

test('while the cluster does not answer no Job is made and no run is lost; it is told as blocked, and goes on', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const { trigger, run, tick, ended, cluster } = await byJob(idle);
  cluster.instead = unavailable;
  const id = await runOf(trigger({ pipeline: 'sample' }));
  const why = async () => (await run(id)).work;
  await expect.poll(why).toMatchObject({
    blocked_why: 'no Job can be made: the cluster answers 503: etcd is away',
    deaths: 0,
  });
  await pass(ledger, '6 minutes');
  await tick('minute');
  await tick('minute');
  const { rows } = await ledger.query(`select from outbox where type ~ 'run.blocked$'`);
  expect(rows).toHaveLength(1);
  // The tick sent it out again: that try is over before the time of the next one comes.
  await expect.poll(why).toMatchObject({ checkpoint: 2 });
  cluster.instead = () => undefined;
  await pass(ledger, '2 minutes');

  expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });
  expect(cluster.made).toHaveLength(1);
});

test('what a Job died of is asked before its work goes on; after five minutes without an answer it goes on without', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const made = await byJob(idle, { pods: () => [podThat(pending)] });
  const { trigger, run, tick, ended, cluster, works } = made;
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await expect.poll(() => cluster.made).toHaveLength(1);
  await takenAndLost(made, ledger, id);
  cluster.instead = unavailable;

  await tick('minute');
  expect(await run(id)).toMatchObject({ status: 'STARTED', work: { deaths: 0, checkpoint: 0 } });
  await pass(ledger, '5 minutes');
  await tick('minute');
  // The try that the tick sent out is over as well.
  await expect.poll(async () => (await run(id)).work).toMatchObject({ deaths: 1, checkpoint: 2 });
  cluster.instead = () => undefined;
  cluster.start = works;
  await pass(ledger, '2 minutes');

  expect(await ended(id)).toMatchObject({ status: 'SUCCESS' });
  await tick('minute');
  expect((await ledger.query('select from abandoned_jobs')).rows).toEqual([]);
  const { rows } = await ledger.query(`select error_code from run_slices where left_as = 'died'`);
  expect(rows).toEqual([{ error_code: 'JOB_LOST' }]);
});

test('a flagged run of a dead pod ends without asking the cluster', async ({ byJob, runlog, connect }) => {
  const ledger = await connect(runlog);
  const made = await byJob(idle, { pods: () => [podThat(pending)] });
  const { trigger, run, tick, cluster } = made;
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await expect.poll(() => cluster.made).toHaveLength(1);
  await takenAndLost(made, ledger, id);
  cluster.instead = unavailable;
  await control(made, id, 'cancel');

  await tick('minute');

  expect(await run(id)).toMatchObject({ status: 'CANCELLED' });
});

test('an expired Job is not claimed by a delivery: the sweep asks first', async ({
  byJob,
  runlog,
  connect,
}) => {
  const ledger = await connect(runlog);
  const made = await byJob(idle, { pods: () => [podThat(pending)], weather: nothingArrives });
  const { trigger, service, cluster } = made;
  const id = await runOf(trigger({ pipeline: 'sample' }));
  expect(await deliver(service, id, 0)).toBe(204);
  await takenAndLost(made, ledger, id);

  expect(await deliver(service, id, 0)).toBe(204);

  expect(cluster.made).toHaveLength(1);
  expect((await ledger.query('select deaths from run_work')).rows).toEqual([{ deaths: 0 }]);
});

test('a Job that the cluster refuses for good ends the run; a quota only makes it wait', async ({
  byJob,
}) => {
  const { trigger, run, ended, cluster } = await byJob(idle);
  const answer = (code: number, message: string) => (request: Request) =>
    request.method === 'POST'
      ? Response.json({ kind: 'Status', code, message }, { status: code })
      : undefined;
  cluster.instead = answer(422, 'Job.batch is invalid: resources.limits');
  expect(await ended(await runOf(trigger({ pipeline: 'sample' })))).toMatchObject({
    status: 'ERROR',
    error_code: 'JOB_REFUSED',
    error_message: 'The cluster takes no such Job: Job.batch is invalid: resources.limits',
  });

  cluster.instead = answer(403, 'exceeded quota: jobs');
  const id = await runOf(trigger({ pipeline: 'sample' }));
  await expect
    .poll(async () => (await run(id)).work)
    .toMatchObject({ blocked_why: 'no Job can be made: the cluster answers 403: exceeded quota: jobs' });
});

test('without a cluster a run by Jobs ends with what is missing', async ({ byJob }) => {
  const made = await byJob(idle);
  Object.assign(made.service, {
    jobs: () =>
      import('../../lib/jobs/open.ts').then(({ openJobs }) => openJobs({ jobs: undefined, namespace: '' })),
  });

  const run = await made.ended(await runOf(made.trigger({ pipeline: 'sample' })));

  expect(run).toMatchObject({ status: 'ERROR', error_code: 'NO_JOBS' });
  expect(run.error_message).toContain('KUBESCRIBE_JOBS');
});
