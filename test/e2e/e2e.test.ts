import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, describe, expect } from 'vitest';
import { commandsBehind } from './commands.ts';
import { readRendered, relocated } from './relocated.ts';
import { settingsOf } from './settings.ts';
import { openTally, Skip } from './tally.ts';

const PROGRAM = join(import.meta.dirname, 'run.ts');
const KNATIVE = 'case "$*" in *readyz*|*"get crd"*) exit 0;; *) exit 1;; esac';

/** The program with a kubectl that is a shell script, and nothing else on PATH. */
const test = base.extend('start', ({ task: _ }, { onCleanup }) => {
  const folder = mkdtempSync(join(tmpdir(), 'kubescribe-e2e-test-'));
  onCleanup(() => rmSync(folder, { recursive: true }));
  const script = (name: string, lines: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  writeFileSync(join(folder, 'kubeconfig'), '{}');
  return async ({ kubectl = KNATIVE, env = {}, words = [] }: Start = {}) => {
    script('kubectl', `echo "$*" >>${folder}/asked; ${kubectl}`);
    script('within', `echo "within $*" >>${folder}/asked; exec "$@"`);
    const given = { PATH: folder, KUBECONFIG: join(folder, 'kubeconfig'), ...env };
    const assignments = Object.entries(given).map(([name, value]) => `${name}=${value}`);
    const run = commandsBehind(['/usr/bin/env', '-i', ...assignments]);
    const said = await run(process.execPath, [PROGRAM, ...words]);
    return { ...said, asked: () => readFileSync(join(folder, 'asked'), 'utf8') };
  };
});
type Start = { kubectl?: string; env?: Record<string, string>; words?: string[] };

describe('make e2e without a cluster', () => {
  test.for<[string, Start, string]>([
    ['KUBECONFIG is not set', { env: { KUBECONFIG: '' } }, 'KUBECONFIG is not set'],
    [
      'KUBECONFIG names nothing',
      { env: { KUBECONFIG: '/nowhere/config' } },
      '/nowhere/config, which is not there',
    ],
    [
      'nobody answers',
      { kubectl: 'echo "connection refused" >&2; exit 1' },
      'no cluster answers at what KUBECONFIG names: connection refused',
    ],
    [
      'there is no Knative',
      { kubectl: 'case "$*" in *readyz*) exit 0;; *) exit 1;; esac' },
      'the cluster has no Knative Serving',
    ],
    ['there is neither an image nor who could build one', {}, 'no image: E2E_IMAGE names none'],
  ])('says so and passes when %s', async ([, given, reason], { start }) => {
    const { code, stdout } = await start(given);

    expect(stdout).toContain('SKIPPED');
    expect(stdout).toContain(reason);
    expect(stdout).toMatch(/^0 passed, 0 failed, 1 skipped in \d+ s$/m);
    expect(code).toBe(0);
  });

  test('asks by way of IN_KUBE', async ({ start }) => {
    const { asked } = await start({ kubectl: 'exit 1', env: { IN_KUBE: 'within there' } });

    expect(asked()).toMatch(/^within there kubectl get --raw \/readyz$/m);
  });

  test('refuses what it does not know, and namespaces that are not for tests', async ({ start }) => {
    const option = await start({ words: ['--fast'] });
    const namespace = await start({ env: { E2E_NAMESPACE: 'kube-system' } });

    expect([option.code, option.stderr]).toEqual([
      2,
      expect.stringMatching(/^--fast is no option: there are --keep/),
    ]);
    expect([namespace.code, namespace.stderr]).toEqual([2, 'E2E_NAMESPACE is not for tests\n']);
  });

  test('fails, and cleans nothing up, when a namespace of that name is not of its making', async ({
    start,
  }) => {
    const namespaces = JSON.stringify({ items: [{ metadata: { name: 'kubescribe-e2e' } }] });
    const kubectl = `case "$*" in *readyz*|*"get crd"*) exit 0;; *namespaces*) echo '${namespaces}';; *) exit 1;; esac`;

    const { code, stdout, asked } = await start({ kubectl, env: { E2E_IMAGE: 'dev.local/kubescribe:1' } });

    expect(stdout).toContain('there is a namespace kubescribe-e2e already, not made by this');
    expect(stdout).toMatch(/^1 passed, 1 failed, 0 skipped in/m);
    expect(code).toBe(1);
    expect(asked()).not.toContain('delete');
  });
});

test('words name steps and options, the environment the rest', () => {
  const settings = settingsOf(['--keep', 'curl', 'ledger'], {
    IN_KUBE: ' ip netns  exec kube ',
    KUBECONFIG: 'x',
  });

  expect(settings).toMatchObject({
    keep: true,
    gentle: false,
    only: ['curl', 'ledger'],
    namespace: 'kubescribe-e2e',
  });
  expect(settings.prefix).toEqual(['ip', 'netns', 'exec', 'kube']);
});

test('a failing check is told with its cause, ends its step and no other; what cannot be seen is skipped with its reason', async () => {
  const lines: string[] = [];
  const tally = openTally((line) => lines.push(line.replaceAll(/\d+\.\d s/g, 'N s').trim()));

  await tally.step('one', async (check) => {
    await check('works', async () => 'well');
    await check('breaks', async () => {
      throw new Error('no\nluck');
    });
    await check('is never asked', async () => {});
  });
  await tally.step('two', async (check) => {
    await check('is not here', async () => {
      throw new Skip('for a reason');
    });
  });
  await tally.step('three', async () => {
    throw new Error('broken by itself');
  });

  expect(lines).toEqual([
    'one',
    'N s  ok      works: well (N s)',
    'N s  FAILED  breaks (N s): no | luck',
    'two',
    'N s  SKIPPED is not here: for a reason',
    'three',
    'N s  FAILED  three: broken by itself',
  ]);
  expect([tally.failed(), tally.summary()]).toEqual([2, '1 passed, 2 failed, 1 skipped']);
});

test('manifests move to the namespace with their addresses, get the image, and pipelines where they run', () => {
  const [service, settings, binding, postgres] = readRendered(`
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: trigger, namespace: kubescribe}
spec: {template: {spec: {containers: [{image: "dev.local/kubescribe:latest", volumeMounts: [{name: tmp}]}], volumes: [{name: tmp}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kubescribe}
data: {K_SINK: "http://broker-ingress.knative-eventing.svc.cluster.local/kubescribe/default", PG: "postgres.kubescribe.svc.cluster.local", KUBESCRIBE_NAMESPACE: kubescribe}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: jobs, namespace: kubescribe}
subjects: [{kind: ServiceAccount, name: kubescribe, namespace: kubescribe}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: postgres, namespace: kubescribe}
spec: {template: {spec: {containers: [{image: "docker.io/library/postgres:18"}]}}}
`).map((one) =>
    relocated(one, { namespace: 'other', image: 'dev.local/kubescribe:e2e', pipelines: ['slow.js'] }),
  );

  expect(service).toMatchObject({ metadata: { namespace: 'other' } });
  expect(service?.spec).toEqual({
    template: {
      spec: {
        containers: [
          {
            image: 'dev.local/kubescribe:e2e',
            volumeMounts: [
              { name: 'tmp' },
              { name: 'e2e-pipelines', mountPath: '/app/pipelines/slow.js', subPath: 'slow.js' },
            ],
          },
        ],
        volumes: [{ name: 'tmp' }, { name: 'e2e-pipelines', configMap: { name: 'e2e-pipelines' } }],
      },
    },
  });
  expect(settings?.data).toEqual({
    K_SINK: 'http://broker-ingress.knative-eventing.svc.cluster.local/other/default',
    PG: 'postgres.other.svc.cluster.local',
    KUBESCRIBE_NAMESPACE: 'other',
  });
  expect(binding?.subjects).toEqual([{ kind: 'ServiceAccount', name: 'kubescribe', namespace: 'other' }]);
  expect(postgres?.spec).toEqual({
    template: { spec: { containers: [{ image: 'docker.io/library/postgres:18' }] } },
  });
});
