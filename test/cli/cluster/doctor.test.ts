import { expect, test } from 'vitest';
import * as z from 'zod';
import { crd, having, list, type Script, withKubectl } from './fake-kubectl.ts';

const Report = z.object({
  ok: z.boolean(),
  findings: z.array(z.object({ level: z.string(), what: z.string(), mend: z.string().optional() })),
});
const BROKER = 'http://broker-ingress.knative-eventing.svc.cluster.local/kubescribe/default';
const knative = (version: string) =>
  JSON.stringify({ metadata: { labels: { 'app.kubernetes.io/version': version } } });
const settings = (data: object) => JSON.stringify({ data });
const broker = (annotations: object, url = BROKER) =>
  JSON.stringify({ metadata: { annotations }, status: { address: { url } } });
const sweep = (conditions: Parameters<typeof having>[3]) =>
  having('serving.knative.dev/v1', 'Service', 'sweep', conditions, {
    spec: { env: [{ valueFrom: { secretKeyRef: { name: 'kubescribe-runlog-sweeper', key: 'url' } } }] },
  });
const inPod = (...findings: object[]) => JSON.stringify({ ok: true, findings });
const MAY = 'auth can-i';
const AS = '-n kubescribe --as system:serviceaccount:kubescribe:kubescribe';

/** A cluster in which all is well. */
const well = (): Script => ({
  'config current-context': 'kind-kubescribe\n',
  version: JSON.stringify({ serverVersion: { major: '1', minor: '34', gitVersion: 'v1.34.4' } }),
  'get customresourcedefinitions': list(
    ...['services.serving', 'brokers.eventing', 'triggers.eventing', 'pingsources.sources'].map((name) =>
      crd(`${name}.knative.dev`),
    ),
    crd('eventtypes.eventing.knative.dev', 'v1beta3'),
  ),
  'get namespace knative-': knative('1.23.0'),
  'get leases': list({ metadata: { name: 'node' }, spec: { renewTime: new Date().toISOString() } }),
  'get configmap config-': '',
  'get configmap kubescribe-settings': settings({ K_SINK: BROKER }),
  'get brokers.eventing.knative.dev default': broker({ 'messaging.knative.dev/async-handler': 'true' }),
  'get services.serving.knative.dev trigger': JSON.stringify({ spec: { image: 'kubescribe:1' } }),
  'get services.serving.knative.dev,': list(sweep({ Ready: 'True' })),
  'get secrets': 'kubescribe-runlog-sweeper url\n',
  'get serviceaccounts': list({ metadata: { name: 'kubescribe' } }),
  'get pods': list(),
  'get pod ': JSON.stringify({ status: { phase: 'Succeeded' } }),
  [`${MAY} patch services.serving.knative.dev ${AS}`]: { fails: 'no' },
  [`${MAY} get secrets ${AS}`]: { fails: 'Warning: something is old\nno' },
  [`${MAY} create pods ${AS}`]: { fails: 'no' },
  [`${MAY} create pods/exec ${AS}`]: { fails: 'no' },
  [`${MAY} create rolebindings ${AS}`]: { fails: 'no' },
  [`${MAY} create jobs ${AS}`]: { fails: 'no' },
  [`${MAY} get jobs ${AS}`]: { fails: 'no' },
  [`${MAY} delete jobs ${AS}`]: { fails: 'no' },
  [`${MAY} list pods ${AS}`]: { fails: 'no' },
  [MAY]: 'yes\n',
  'delete pod': '',
  'apply --server-side': '',
  logs: inPod(
    { level: 'fail', what: 'package-lock.json is missing' },
    { level: 'ok', what: 'RunLog: PostgreSQL 18.4 at postgres:5432/runlog' },
  ),
});

async function doctor(differs: Script = {}) {
  const { code, stdout, stderr, calls } = await withKubectl(['-o', 'json', 'doctor', '--cluster'], {
    ...differs,
    ...well(),
    ...differs,
  });
  expect(stderr).toBe('');
  const { ok, findings } = Report.parse(JSON.parse(stdout));
  expect(ok).toBe(code === 0);
  return { code, calls, findings, bad: findings.filter(({ level }) => level !== 'ok') };
}

test('a cluster that is right ends with 0; a pod of ours looked too, and is gone', async () => {
  const { code, bad, findings, calls } = await doctor();

  expect({ code, bad }).toEqual({ code: 0, bad: [] });
  const told = findings.map(({ what }) => what);
  expect(told).toEqual(
    expect.arrayContaining([
      'kubectl speaks to context kind-kubescribe',
      'Kubernetes v1.34.4',
      'Knative Serving 1.23.0',
      'Clocks: 1 nodes agree with this machine',
      'Broker default (of the default class) is at K_SINK',
      'All 1 Secrets are there, with their keys',
      '1 of 1 resources are Ready',
      'ServiceAccount kubescribe may nothing',
      'You may deploy',
      'From a pod: RunLog: PostgreSQL 18.4 at postgres:5432/runlog',
    ]),
  );
  // What the image lacks beside a checkout is no fault.
  expect(told.join()).not.toContain('package-lock.json');
  expect(calls.at(-1)?.args).toContain('delete pod kubescribe-doctor');
});

test('a cluster that is away is one finding, with how to reach it', async () => {
  const { code, findings } = await doctor({
    version: { fails: 'dial tcp 127.0.0.1:6443: connection refused' },
  });

  expect(code).toBe(1);
  expect(findings.at(-1)).toMatchObject({
    level: 'fail',
    what: expect.stringContaining('connection refused'),
    mend: expect.stringContaining('KUBECONFIG'),
  });
});

test('versions, kinds, clocks and features that do not fit are each told with what to do', async () => {
  const { bad } = await doctor({
    version: JSON.stringify({ serverVersion: { major: '1', minor: '31+', gitVersion: 'v1.31.9' } }),
    'get customresourcedefinitions': list(crd('services.serving.knative.dev')),
    'get namespace knative-': knative('devel'),
    'get leases': list({ metadata: { name: 'far' }, spec: { renewTime: '2026-01-01T00:00:00.000000Z' } }),
    'get configmap config-features': settings({
      'delivery-timeout': 'disabled',
      'authentication-oidc': 'enabled',
    }),
  });

  expect(bad.map(({ level, what }) => `${level} ${what}`)).toEqual([
    expect.stringMatching(/^fail Kubernetes v1\.31\.9: .* want 1\.34/),
    'fail brokers.eventing.knative.dev is not served in v1',
    'fail triggers.eventing.knative.dev is not served in v1',
    'fail pingsources.sources.knative.dev is not served in v1',
    'fail eventtypes.eventing.knative.dev is not served in v1beta3',
    expect.stringMatching(/^warn Knative Serving devel/),
    expect.stringMatching(/^warn Knative Eventing devel/),
    expect.stringMatching(/^warn Clocks: far was last heard of/),
    expect.stringMatching(/^warn .*delivery-timeout is disabled/),
    expect.stringMatching(/^warn .*authentication-oidc is enabled/),
  ]);
  expect(bad.filter(({ mend }) => !mend)).toEqual([]);
});

test('a Broker elsewhere, Secrets without keys, pods that fail and grants beyond need are failures', async () => {
  const { code, bad } = await doctor({
    'get brokers.eventing.knative.dev default': broker({}, 'http://elsewhere/'),
    'get services.serving.knative.dev,': list(sweep({ Ready: ['False', 'RevisionFailed', 'it failed'] })),
    'get secrets': 'kubescribe-runlog-sweeper password\n',
    [`${MAY} get secrets ${AS}`]: 'yes\n',
    logs: inPod({ level: 'fail', what: 'Broker: nothing answers', mend: 'set K_SINK' }),
  });

  expect(code).toBe(1);
  expect(bad.map(({ what }) => what)).toEqual([
    `Broker default is at http://elsewhere/, but K_SINK says ${BROKER}`,
    'The Broker in memory answers only when all consequences are done',
    'Secret kubescribe-runlog-sweeper: url is missing',
    'Service sweep is not Ready: RevisionFailed: it failed',
    'ServiceAccount kubescribe may get secrets',
    'From a pod: Broker: nothing answers',
  ]);
});

test('who makes Jobs may do that and no more', async () => {
  const maker = `-n kubescribe --as system:serviceaccount:kubescribe:kubescribe-run-pipeline`;
  const { bad } = await doctor({
    'get serviceaccounts': list({ metadata: { name: 'kubescribe-run-pipeline' } }),
    [`${MAY} create jobs ${maker}`]: { fails: 'no' },
    [`${MAY} get secrets ${maker}`]: 'yes\n',
    [`${MAY} patch services.serving.knative.dev -n kubescribe --as`]: { fails: 'no' },
    [`${MAY} create pods`]: { fails: 'no' },
    [`${MAY} create rolebindings`]: { fails: 'no' },
    [`${MAY} get jobs`]: { fails: 'no' },
    [`${MAY} delete jobs -n kubescribe --as`]: { fails: 'no' },
    [`${MAY} list pods`]: { fails: 'no' },
  });

  expect(bad.map(({ what }) => what)).toEqual([
    'ServiceAccount kubescribe-run-pipeline may get secrets',
    'ServiceAccount kubescribe-run-pipeline may not create jobs',
  ]);
});

test('what one may not see is a warning, and the rest is looked at', async () => {
  const { code, bad } = await doctor({ 'get leases': { fails: 'Error from server (Forbidden): leases' } });

  expect(code).toBe(0);
  expect(bad).toMatchObject([{ level: 'warn', what: expect.stringContaining('Forbidden') }]);
});
