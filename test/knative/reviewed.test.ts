/** What a platform team's reviewer asks of every manifest: the table of docs/deploy.md, held to. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { kindOf, objectsIn, type Resource } from '../../cli/cluster/resource.ts';
import { places, rendered } from './rendered.ts';

const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  imagePullPolicy: z.string().optional(),
  resources: z
    .looseObject({
      requests: z.record(z.string(), z.string()).default({}),
      limits: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  securityContext: z.unknown(),
});
const Pod = z.looseObject({
  serviceAccountName: z.string().optional(),
  automountServiceAccountToken: z.boolean().optional(),
  enableServiceLinks: z.boolean().optional(),
  initContainers: z.array(Container).default([]),
  containers: z.array(Container),
});
/** As the restricted policy of pods wants it, and a root that nobody writes. */
const CONFINED = {
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
/** The accounts that may ask the API server for something: of who makes Jobs, and who sees to them. */
const EXECUTORS = new Set(['kubescribe-run-pipeline', 'kubescribe-sweep']);

const pods = (resources: readonly Resource[]) =>
  resources.flatMap((resource) =>
    [...objectsIn(resource)].flatMap((part) => {
      const pod = Pod.safeParse(part).data;
      return pod ? [{ of: `${resource.kind} ${resource.metadata.name}`, pod }] : [];
    }),
  );

test.for(places)(
  'knative/$place: each pod is confined, bounded and has no token that it does not need',
  ({ resources }) => {
    const all = pods(resources);

    expect(all.length).toBeGreaterThan(10);
    for (const { of, pod } of all) {
      if (!EXECUTORS.has(pod.serviceAccountName ?? ''))
        expect(pod.automountServiceAccountToken, of).toBe(false);
      expect(pod.serviceAccountName, of).toBeDefined();
      expect(pod.enableServiceLinks, of).toBe(false);
      for (const { name, imagePullPolicy, resources: given, securityContext } of [
        ...pod.initContainers,
        ...pod.containers,
      ]) {
        expect(securityContext, `${of} ${name}`).toMatchObject(CONFINED);
        expect(imagePullPolicy, `${of} ${name}`).toBe('IfNotPresent');
        expect(Object.keys(given?.requests ?? {}).sort(), `${of} ${name}`).toEqual(['cpu', 'memory']);
        expect(Object.keys(given?.limits ?? {}).sort(), `${of} ${name}`).toEqual(['cpu', 'memory']);
      }
    }
  },
);

test.for(places)('knative/$place: everything has our labels and lives in our namespace', ({ resources }) => {
  for (const resource of resources) {
    const { kind, metadata } = resource;
    const of = `${kind} ${metadata.name}`;
    expect(metadata.labels?.['app.kubernetes.io/part-of'], of).toBe('kubescribe');
    expect(metadata.labels?.['app.kubernetes.io/name'], of).toBe(metadata.name);
    if (kind !== 'Namespace') expect(metadata.namespace, of).toBe('kubescribe');
  }
});

const Hosting = z.looseObject({
  template: z.looseObject({
    metadata: z.looseObject({ annotations: z.record(z.string(), z.string()) }),
    spec: z.looseObject({
      timeoutSeconds: z.int(),
      responseStartTimeoutSeconds: z.int(),
      containerConcurrency: z.int().min(1),
      containers: z.tuple([
        z.looseObject({
          // With another field in it Serving asks once in ten seconds: a cold start would wait for that.
          readinessProbe: z.strictObject({ httpGet: z.strictObject({ path: z.literal('/readyz') }) }),
          // A node that has too much to do is no reason to end what works.
          livenessProbe: z.strictObject({
            httpGet: z.strictObject({ path: z.literal('/livez') }),
            timeoutSeconds: z.int().min(5),
            failureThreshold: z.int().min(6),
          }),
          volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
        }),
      ]),
      volumes: z.array(z.looseObject({ name: z.string(), emptyDir: z.looseObject({}).optional() })),
    }),
  }),
});

test.for(places)('knative/$place: each Service says its times, its scale and its probes', ({ resources }) => {
  const services = resources.filter((one) => kindOf(one) === 'serving.knative.dev/Service');

  expect(services.length).toBeGreaterThan(5);
  for (const { metadata, spec } of services) {
    const read = Hosting.safeParse(spec);
    expect(read.error?.message, metadata.name).toBeUndefined();
    const { annotations } = read.data?.template.metadata ?? { annotations: {} };
    expect(Object.keys(annotations), metadata.name).toEqual(
      expect.arrayContaining(['autoscaling.knative.dev/min-scale', 'autoscaling.knative.dev/max-scale']),
    );
    const { volumes, containers } = read.data?.template.spec ?? {
      volumes: [],
      containers: [{ volumeMounts: [] }],
    };
    const tmp = containers[0]?.volumeMounts.find(({ mountPath }) => mountPath === '/tmp');
    expect(volumes.find(({ name }) => name === tmp?.name)?.emptyDir, metadata.name).toBeDefined();
  }
});

test.for(places)('knative/$place: who only hears events has no door to the outside', ({ resources }) => {
  const hidden = resources
    .filter((one) => kindOf(one) === 'serving.knative.dev/Service')
    .filter(({ metadata }) => metadata.labels?.['networking.knative.dev/visibility'] === 'cluster-local')
    .map(({ metadata }) => metadata.name);

  expect(hidden).toEqual(expect.arrayContaining(['run-pipeline', 'sweep', 'notify', 'upkeep']));
});

test.for(places)(
  'knative/$place: each Trigger says its whole delivery and where dead letters go',
  ({ resources }) => {
    const Delivery = z.looseObject({
      delivery: z.strictObject({
        timeout: z.string(),
        retry: z.int().min(1),
        backoffPolicy: z.literal('exponential'),
        backoffDelay: z.string(),
        deadLetterSink: z.looseObject({}),
      }),
      subscriber: z.looseObject({}),
    });
    const Filtered = z.union([
      z.looseObject({ filter: z.looseObject({ attributes: z.looseObject({}) }) }),
      z.looseObject({ filters: z.array(z.looseObject({})).min(1) }),
    ]);

    for (const { metadata, spec } of resources.filter(({ kind }) => kind === 'Trigger')) {
      expect(Delivery.safeParse(spec).error?.message, metadata.name).toBeUndefined();
      // One without a filter hears everything, its own answers too.
      expect(Filtered.safeParse(spec).success, metadata.name).toBe(true);
    }
  },
);

test('the base asks for no alpha API, and the namespace refuses pods that are not confined', () => {
  const { resources } = rendered('base');

  expect(resources.filter(({ apiVersion }) => apiVersion.includes('alpha')).map(({ kind }) => kind)).toEqual(
    [],
  );
  const [namespace] = resources.filter(({ kind }) => kind === 'Namespace');
  expect(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
});

test('nothing comes in or goes out that no policy names', () => {
  const policies = rendered('base').resources.filter(({ kind }) => kind === 'NetworkPolicy');
  const closed = policies.find(({ metadata }) => metadata.name === 'closed');

  expect(closed?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  for (const { metadata, spec } of policies.filter((one) => one !== closed)) {
    const { ingress = [], egress = [] } = Object(spec);
    for (const rule of [...ingress, ...egress]) expect(rule.ports, metadata.name).toBeDefined();
  }
});
