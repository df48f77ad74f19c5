import { expect, test } from 'vitest';
import * as z from 'zod';
import { crd, having, list, type Script, withKubectl } from './fake-kubectl.ts';

const SERVING = 'serving.knative.dev/v1';
const EVENTING = 'eventing.knative.dev/v1';
const OVERLAY = `
apiVersion: v1
kind: Namespace
metadata: { name: kubescribe }
---
apiVersion: batch/v1
kind: Job
metadata: { name: migrate, namespace: kubescribe }
spec: { template: { spec: { containers: [{ name: runlog, image: 'dev.local/kubescribe:latest' }] } } }
---
apiVersion: ${SERVING}
kind: Service
metadata: { name: sweep, namespace: kubescribe }
spec:
  template:
    spec:
      containers:
        - image: dev.local/kubescribe:latest
          env: [{ name: RUNLOG_DB_URL, valueFrom: { secretKeyRef: { name: kubescribe-runlog-sweeper, key: url } } }]
---
apiVersion: ${EVENTING}
kind: Trigger
metadata: { name: minute-tick, namespace: kubescribe }
`;
const KNATIVE = list(crd('services.serving.knative.dev'), crd('triggers.eventing.knative.dev'));
const job = (conditions: Parameters<typeof having>[3]) => having('batch/v1', 'Job', 'migrate', conditions);
const sweep = (conditions: Parameters<typeof having>[3]) => having(SERVING, 'Service', 'sweep', conditions);
const trigger = (conditions: Parameters<typeof having>[3]) =>
  having(EVENTING, 'Trigger', 'minute-tick', conditions);
const ALL_READY = list(job({ Complete: 'True' }), sweep({ Ready: 'True' }), trigger({ Ready: 'True' }));

const cluster = (states: Script[string] = ALL_READY): Script => ({
  kustomize: OVERLAY,
  'get customresourcedefinitions': KNATIVE,
  'get secrets': 'kubescribe-runlog-sweeper url\n',
  'get job migrate': '',
  'delete job migrate': '',
  'get jobs.batch': states,
  'get pods': list(),
  'logs job/migrate': 'error: RunLog refuses the password\n',
  apply: '',
});

test('an overlay is applied, the namespace first, and waited for until all of it is Ready', async () => {
  const early = list(
    job({}),
    sweep({ Ready: ['Unknown', 'RevisionMissing', ''] }),
    trigger({ Ready: 'True' }),
  );

  const { code, stdout, calls } = await withKubectl(['deploy', 'kind'], cluster([early, ALL_READY]));

  expect({ code, stdout }).toEqual({ code: 0, stdout: 'All 3 are Ready in kubescribe.\n' });
  const applied = calls.filter(({ args }) => args === 'apply --server-side -f -').map(kindsOf);
  expect(applied).toEqual([['Namespace'], ['Namespace', 'Job', 'Service', 'Trigger']]);
  // A Job cannot be changed: the last one goes before the next comes.
  const order = calls.map(({ args }) => args.split(' ', 2).join(' '));
  expect(order.indexOf('delete job')).toBeLessThan(order.lastIndexOf('apply --server-side'));
});

const kindsOf = ({ input }: { input: string }) =>
  z
    .object({ items: z.array(z.looseObject({ kind: z.string() })) })
    .parse(JSON.parse(input))
    .items.map(({ kind }) => kind);

test('an image takes the place of the one that the overlay names', async () => {
  const { calls } = await withKubectl(['deploy', 'kind', '--image', 'dev.local/kubescribe:abc'], cluster());

  const applied = calls.filter(({ args }) => args.startsWith('apply')).at(-1)?.input ?? '';
  expect(applied.match(/"image":"[^"]*"/g)).toEqual([
    '"image":"dev.local/kubescribe:abc"',
    '"image":"dev.local/kubescribe:abc"',
  ]);
});

test('a migration that fails ends it at once, with its last words and what to do', async () => {
  const failed = list(
    job({ Failed: ['True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'] }),
    sweep({ Ready: ['Unknown', 'Deploying', ''] }),
    trigger({ Ready: 'True' }),
  );

  const { code, stdout, stderr } = await withKubectl(['deploy', 'kind'], cluster(failed));

  expect(code).toBe(1);
  expect(stdout).toContain('BackoffLimitExceeded');
  expect(stdout).toContain('kubectl -n kubescribe logs job/migrate --all-containers');
  expect(stderr).toContain('migrate: error: RunLog refuses the password');
});

test('what is not Ready in time is told by its conditions, or by its pods, which know more', async () => {
  const states = list(
    job({ Complete: 'True' }),
    sweep({ Ready: ['False', 'RevisionFailed', 'Revision sweep-00001 failed'] }),
    trigger({ Ready: ['False', 'BrokerDoesNotExist', 'Broker "default" does not exist'] }),
  );
  const pods = list({
    metadata: { name: 'sweep-1', labels: { 'app.kubernetes.io/name': 'sweep' } },
    status: {
      phase: 'Pending',
      containerStatuses: [
        { name: 'function', image: 'kubescribe:1', state: { waiting: { reason: 'ImagePullBackOff' } } },
      ],
    },
  });

  const { code, stdout } = await withKubectl(['-o', 'json', 'deploy', 'kind', '--timeout', '0.1'], {
    ...cluster(states),
    'get pods': pods,
  });

  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    resources: [
      { kind: 'Job', state: 'ready' },
      {
        kind: 'Service',
        state: 'failed',
        why: 'ImagePullBackOff: kubescribe:1',
        mend: expect.stringMatching(/kind load/),
      },
      {
        kind: 'Trigger',
        state: 'failed',
        why: expect.stringContaining('BrokerDoesNotExist'),
        mend: expect.any(String),
      },
    ],
  });
});

test('an API server that answers late is asked again', async () => {
  const { code, stderr } = await withKubectl(
    ['deploy', 'kind'],
    cluster([{ fails: 'net/http: TLS handshake timeout' }, ALL_READY]),
  );

  expect(code).toBe(0);
  expect(stderr).toContain('asking again: kubectl get jobs.batch');
});

test('a state of before the last change counts for nothing', async () => {
  const stale = list(
    job({ Complete: 'True' }),
    having(SERVING, 'Service', 'sweep', { Ready: 'True' }, { metadata: { generation: 2 } }),
    trigger({ Ready: 'True' }),
  );

  const { code, stdout } = await withKubectl(['deploy', 'kind', '--timeout', '0.1'], cluster(stale));

  expect(code).toBe(1);
  expect(stdout).toMatch(/Service +sweep +waiting +no controller has looked at it yet/);
});

test.for([
  [
    'a cluster without Knative',
    { 'get customresourcedefinitions': list() },
    /does not know .*Service.*install Knative/s,
  ],
  [
    'a Secret that is missing',
    { 'get secrets': 'kubescribe-smtp url\n' },
    /kubescribe-runlog-sweeper.*roles --secrets/s,
  ],
  [
    'a Secret without its key',
    { 'get secrets': 'kubescribe-runlog-sweeper uri\n' },
    /kubescribe-runlog-sweeper: url/,
  ],
  ['a cluster that is away', { 'get customresourcedefinitions': { fails: 'dial tcp: refused' } }, /refused/],
] as const)('%s is told before anything of ours is applied', async ([, differs, told]) => {
  const { code, stderr, calls } = await withKubectl(['deploy', 'kind'], { ...cluster(), ...differs });

  expect(code).toBe(1);
  expect(stderr).toMatch(told);
  expect(calls.filter(({ args }) => args.startsWith('apply')).flatMap(kindsOf)).not.toContain('Service');
});

test('production is not deployed before somebody has named its image', async () => {
  const unnamed = OVERLAY.replaceAll('kubescribe:latest', `kubescribe@sha256:${'0'.repeat(64)}`);

  const { code, stderr } = await withKubectl(['deploy', 'production'], { ...cluster(), kustomize: unnamed });

  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('names no image yet') });
});

test('a database inside gets its Secrets once; later deploys keep the passwords', async () => {
  const inside = `${OVERLAY}---
apiVersion: v1
kind: Service
metadata: { name: postgres, namespace: kubescribe, annotations: { kubescribe.dev/secrets: made-at-deploy } }
`;
  const kept = { password: 'of-the-administrator', passwords: '{"kubescribe_app_sweeper":"of-the-sweeper"}' };
  const data = Object.fromEntries(Object.entries(kept).map(([key, text]) => [key, btoa(text)]));

  const { code, stdout, stderr, calls } = await withKubectl(['deploy', 'kind'], {
    ...cluster(),
    kustomize: inside,
    'get secret kubescribe-postgres': JSON.stringify({ data }),
  });

  expect(code).toBe(0);
  const made = calls.find(({ input }) => input.includes('"Secret"'))?.input ?? '';
  expect(made).toContain('postgresql://postgres:of-the-administrator@postgres.kubescribe.svc');
  expect(made).toContain('postgresql://kubescribe_app_sweeper:of-the-sweeper@postgres.kubescribe.svc');
  expect(made).toContain('postgresql://kubescribe_app_reader:');
  expect(stdout + stderr).not.toMatch(/of-the-/);
});

test('an overlay that is not there is named', async () => {
  const { code, stderr } = await withKubectl(['deploy', 'moon'], {});

  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('no overlay "moon"') });
});
