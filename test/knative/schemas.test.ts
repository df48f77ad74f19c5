/** Manifests are what the APIs take, to the last field: a server would refuse a typo, or worse, ignore it. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kindOf, Resource } from '../../cli/cluster/resource.ts';
import { coreFaults } from './core-fields.ts';
import { knativeKinds } from './knative-kinds.ts';
import { places } from './rendered.ts';

/** Kubernetes' own that are used, with the version in which they are served. */
const CORE: Record<string, string> = {
  '/Namespace': 'v1',
  '/ConfigMap': 'v1',
  '/Service': 'v1',
  '/ServiceAccount': 'v1',
  '/PodTemplate': 'v1',
  'apps/Deployment': 'apps/v1',
  'apps/StatefulSet': 'apps/v1',
  'batch/Job': 'batch/v1',
  'networking.k8s.io/NetworkPolicy': 'networking.k8s.io/v1',
  'rbac.authorization.k8s.io/Role': 'rbac.authorization.k8s.io/v1',
  'rbac.authorization.k8s.io/RoleBinding': 'rbac.authorization.k8s.io/v1',
};

/** What is wrong with a resource, a line a fault. */
function faultsOf(resource: unknown): string[] {
  const { apiVersion, kind, metadata } = Resource.parse(resource);
  const key = kindOf({ apiVersion, kind });
  const at = `${kind} ${metadata.name}`;
  if (CORE[key] !== undefined)
    return [
      ...(CORE[key] === apiVersion ? [] : [`${at}: served as ${CORE[key]}, not as ${apiVersion}`]),
      ...coreFaults(`V1${kind}`, resource, at),
    ];
  const schema = knativeKinds[key];
  if (!schema) return [`${at}: nothing is known of ${key}`];
  const { error } = schema.safeParse(resource);
  return (error?.issues ?? []).map(({ path, message }) => `${at}: ${path.join('.')}: ${message}`);
}

test.for(places)('knative/$place is what the APIs take', ({ resources, faults }) => {
  expect(faults).toEqual([]);
  expect(resources.flatMap(faultsOf)).toEqual([]);
  expect(resources.length).toBeGreaterThan(40);
});

test.for(places)('knative/$place makes nothing twice', ({ resources }) => {
  const names = resources.map((one) => `${kindOf(one)} ${one.metadata.namespace ?? ''}/${one.metadata.name}`);

  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

const KUBECTL = spawnSync('kubectl', ['version', '--client']);
/** Substituted by kustomize alone; the local platform runs no image. */
const imagesAside = (name: string, value: unknown) =>
  name === 'image' && typeof value === 'string' && /kubescribe/.test(value) ? 'ours' : value;
const comparable = (resources: readonly Resource[]) =>
  resources
    .map((resource) => JSON.parse(JSON.stringify(resource, imagesAside)))
    .sort((a, b) => (`${a.kind} ${a.metadata.name}` < `${b.kind} ${b.metadata.name}` ? -1 : 1));

// kubectl is no package: where it is missing, what is read here is taken for what it renders.
test.skipIf(KUBECTL.error).for(places)(
  'knative/$place is rendered by kubectl as it is read here',
  ({ folder, resources }) => {
    const { stdout, stderr } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });

    expect(stderr).toBe('');
    const theirs = parseAllDocuments(stdout).map((one) => Resource.parse(one.toJS()));
    expect(comparable(theirs)).toEqual(comparable(resources));
  },
);

test.for([
  [
    'a field of a pod',
    {
      kind: 'Job',
      apiVersion: 'batch/v1',
      metadata: { name: 'a' },
      spec: { template: { spec: { containers: [{ name: 'a', imagePulPolicy: 'Always' }] } } },
    },
    /V1Container has no such field/,
  ],
  [
    'a number for a text',
    { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { port: 1 } },
    /1 is no string/,
  ],
  [
    'a version that nobody serves',
    { kind: 'Job', apiVersion: 'batch/v2', metadata: { name: 'a' } },
    /served as batch\/v1/,
  ],
  [
    'a field of a Trigger',
    {
      kind: 'Trigger',
      apiVersion: 'eventing.knative.dev/v1',
      metadata: { name: 'a', namespace: 'kubescribe', labels: {} },
      spec: { broker: 'default', subscriber: { uri: 'http://a' }, delivry: {} },
    },
    /Unrecognized key: "delivry"/,
  ],
  [
    'a kind that is not known',
    { kind: 'Servce', apiVersion: 'serving.knative.dev/v1', metadata: { name: 'a' } },
    /nothing is known/,
  ],
] as const)('a typo is found: %s', ([, resource, told]) => {
  expect(faultsOf(resource).join('\n')).toMatch(told);
});
