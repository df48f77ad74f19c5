import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readManifests } from '../../../local/manifests/read.ts';

const BASE = new URL('../../../knative/base/', import.meta.url).pathname;
const FUNCTIONS = new URL('../../../functions/', import.meta.url).pathname;
/** Hosts several functions by their names; not a Service of the base. */
const HOSTS = new Set(['api']);
/** They alone have an account of their own, and its token. */
const ASK_THE_CLUSTER = ['run-pipeline', 'sweep'];

/** Not a package: where it is missing, one test is skipped. */
const KUBECTL = 'kubectl';

const files = readdirSync(BASE)
  .filter((name) => name !== 'kustomization.yaml')
  .sort();
const documents = files.map((name) => ({ name, resource: parse(readFileSync(BASE + name, 'utf8')) }));
const ofKind = (kind: string) => documents.filter(({ resource }) => resource.kind === kind);
const manifests = readManifests(BASE);

const SINK = { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'dead-letters' } };
const DELIVERY = {
  timeout: 'PT30S',
  retry: 6,
  backoffPolicy: 'exponential',
  backoffDelay: 'PT1S',
  deadLetterSink: SINK,
};
type Selector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; values: string[] }[];
};

const CONFINED = {
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** What Serving admits by default. */
const LONGEST = 600;
/** Whoever streams, or hands out files of any size. */
const PATIENT = ['stream-logs', 'logs'];

describe('knative/base', () => {
  test('the kustomization names each file, in the order of their names', () => {
    const { resources } = parse(readFileSync(`${BASE}kustomization.yaml`, 'utf8'));

    expect(resources).toEqual(files);
  });

  test.each(documents)('$name is one resource of our namespace with our labels', ({ name, resource }) => {
    expect(name).toMatch(/^\d{3}-[a-z0-9-]+\.yaml$/);
    expect(resource.metadata.labels).toMatchObject({
      'app.kubernetes.io/name': resource.metadata.name,
      'app.kubernetes.io/part-of': 'kubescribe',
    });
    if (resource.kind !== 'Namespace') expect(resource.metadata.namespace).toBe('kubescribe');
  });

  test('each function has a Service that runs it, and each Service a function', () => {
    const functions = existsSync(FUNCTIONS)
      ? readdirSync(FUNCTIONS)
          .filter((name) => name.endsWith('.ts'))
          .map((name) => name.slice(0, -'.ts'.length))
      : [];
    const targets = manifests.services.map(({ name, env }) => [name, env.FUNCTION_TARGET]);

    expect(targets.map(([name]) => name).sort()).toEqual(functions.filter((name) => !HOSTS.has(name)).sort());
    for (const [name, target] of targets) expect(target).toBe(name);
  });

  test.each([...ofKind('Trigger'), ...ofKind('Broker')])(
    '$name carries the whole delivery',
    ({ resource }) => {
      expect(resource.spec.delivery).toEqual(DELIVERY);
    },
  );

  test.each(ofKind('Trigger'))('$name filters, so that no reply can loop', ({ resource }) => {
    expect(resource.spec.filter?.attributes ?? resource.spec.filters?.[0]).toBeTruthy();
  });

  test.each(ofKind('Service'))('$name says all that a reviewer looks for', ({ resource }) => {
    const { metadata, spec } = resource.spec.template;
    const [container] = spec.containers;

    const seconds = PATIENT.includes(resource.metadata.name) ? LONGEST : 60;
    expect(spec.timeoutSeconds).toBe(seconds);
    // A WebSocket is cut when no answer has begun by then.
    expect([60, seconds]).toContain(spec.responseStartTimeoutSeconds);
    expect(spec.containerConcurrency).toBeGreaterThan(0);
    const asks = ASK_THE_CLUSTER.includes(resource.metadata.name);
    expect(spec.automountServiceAccountToken).toBe(asks ? undefined : false);
    expect(spec.serviceAccountName).toBe(asks ? `kubescribe-${resource.metadata.name}` : 'kubescribe');
    expect(Object.keys(metadata.annotations)).toEqual(
      ['min', 'max'].map((end) => `autoscaling.knative.dev/${end}-scale`),
    );
    expect(container).toMatchObject({
      image: 'kubescribe',
      resources: { requests: { memory: expect.any(String) }, limits: { memory: expect.any(String) } },
      readinessProbe: { httpGet: { path: '/readyz' } },
      livenessProbe: { httpGet: { path: '/livez' } },
      securityContext: CONFINED,
    });
    // The host is ready once RunLog has its schema.
    expect(container.env.map(({ name }: { name: string }) => name)).toContain('RUNLOG_DB_URL');
    for (const { name, value } of container.env) {
      if (/URL$/.test(name) && name !== 'PUBLIC_URL')
        expect(value, `${name} belongs in a Secret`).toBeUndefined();
    }
  });

  test.each(ofKind('Job'))('$name ends, leaves nothing behind, and is confined', ({ resource: { spec } }) => {
    const pod = spec.template.spec;

    expect(spec).toMatchObject({ activeDeadlineSeconds: 900, ttlSecondsAfterFinished: 300 });
    expect(pod).toMatchObject({
      serviceAccountName: 'kubescribe',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true },
    });
    for (const container of [...pod.initContainers, ...pod.containers])
      expect(container).toMatchObject({ image: 'kubescribe', securityContext: CONFINED });
  });

  test('who makes Jobs and who sees to them may no more than that, and nobody else has an account with a token', () => {
    const accounts = ofKind('ServiceAccount').map(({ resource }) => resource);
    const roles = new Map(ofKind('Role').map(({ resource }) => [resource.metadata.name, resource.rules]));
    const rights = ofKind('RoleBinding').map(({ resource: { roleRef, subjects } }) => [
      subjects.map(({ name }: { name: string }) => name).join(),
      roles
        .get(roleRef.name)
        .map(({ verbs, resources, resourceNames }: Record<string, string[]>) =>
          [verbs, 'of', resources, resourceNames ?? []].flat().join(' '),
        ),
    ]);

    expect(
      accounts
        .filter(({ automountServiceAccountToken }) => automountServiceAccountToken !== false)
        .map(({ metadata }) => metadata.name),
    ).toEqual(['kubescribe-run-pipeline', 'kubescribe-sweep']);
    expect(rights).toEqual([
      ['kubescribe-run-pipeline', ['create of jobs', 'get of podtemplates job']],
      ['kubescribe-sweep', ['get delete of jobs', 'list of pods']],
    ]);
    expect(ofKind('ClusterRoleBinding')).toEqual([]);
  });

  test('the pod of a Job has what run-pipeline has, is confined as it is, and has no token', () => {
    const { template } = ofKind('PodTemplate')[0]!.resource;
    const { spec } = ofKind('Service').find(({ name }) => name.includes('run-pipeline'))!.resource.spec
      .template;
    const [[inJob], [inSlices]] = [template.spec.containers, spec.containers];

    expect(template.spec).toMatchObject({
      serviceAccountName: 'kubescribe',
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
    });
    expect(inJob).toMatchObject({ image: 'kubescribe', securityContext: CONFINED });
    expect(inJob.env).toEqual(
      inSlices.env.filter(({ name }: { name: string }) => !/^KUBESCRIBE_(JOBS|NAMESPACE)$/.test(name)),
    );
  });

  test('what no policy lets pass is closed, and each policy is about pods that there are', () => {
    const policies = ofKind('NetworkPolicy').map(({ resource }) => resource);
    const closed = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
    const pods = [...ofKind('Service'), ...ofKind('Job'), ...ofKind('PodTemplate')].map(
      ({ resource }) => (resource.template ?? resource.spec.template).metadata.labels,
    );
    const isAbout = (labels: Record<string, string>, { matchLabels = {}, matchExpressions = [] }: Selector) =>
      Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
      matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''));

    expect(policies.map(({ spec }) => spec)).toContainEqual(closed);
    for (const { metadata, spec } of policies) {
      expect(
        pods.filter((labels) => isAbout(labels, spec.podSelector)).length,
        metadata.name,
      ).toBeGreaterThan(0);
    }
  });

  test('only what events alone reach is closed to the outside', () => {
    const closed = manifests.services.filter((service) => !service.public).map(({ name }) => name);

    expect(closed.sort()).toEqual(['notify', 'run-pipeline', 'sweep', 'upkeep']);
  });

  test('each pipeline has a PingSource that wakes its planning, beside the one that wakes sweep', () => {
    const pipelines = new URL('../../../pipelines/', import.meta.url);
    const names = existsSync(pipelines)
      ? readdirSync(pipelines)
          .filter((name) => name.endsWith('.ts'))
          .map((name) => name.slice(0, -'.ts'.length))
      : [];
    const ticks = manifests.pingSources.map(({ name, extensions, data }) => ({
      name,
      tick: extensions.tick,
      data: JSON.parse(new TextDecoder().decode(data)),
    }));

    expect(ticks).toContainEqual({ name: 'minute', tick: 'minute', data: {} });
    for (const pipeline of names) {
      expect(ticks).toContainEqual({ name: pipeline, tick: 'schedule', data: { pipeline } });
    }
  });

  test('each event type has an EventType with the attributes that Knative demands', () => {
    const wanted = ofKind('Trigger').flatMap(({ resource }) =>
      (resource.spec.filters?.[0]?.any ?? []).map((one: { exact: { type: string } }) => one.exact.type),
    );
    const described = ofKind('EventType').map(({ resource }) => resource.metadata.name);

    expect(described).toEqual(expect.arrayContaining(wanted));
    for (const { resource } of ofKind('EventType')) {
      const attributes = resource.spec.attributes.map(({ name }: { name: string }) => name);
      expect(attributes).toEqual(expect.arrayContaining(['type', 'source', 'specversion', 'id']));
    }
  });

  const rendered = spawnSync(KUBECTL, ['kustomize', BASE], { encoding: 'utf8' });
  test.skipIf(rendered.error)('kubectl renders the same resources, with a whole image name', () => {
    const resources = parseAllDocuments(rendered.stdout).map((document) => document.toJS());
    const named = (all: { kind: string; metadata: { name: string } }[]) =>
      all.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();

    expect(named(resources)).toEqual(named(documents.map(({ resource }) => resource)));
    expect(rendered.stdout).not.toMatch(/image: kubescribe$/m);
  });
});
