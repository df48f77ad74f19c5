/** What manifests name is there: in the same overlay, among the Secrets that are made, or among the functions. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { kindOf, objectsIn, type Resource } from '../../cli/cluster/resource.ts';
import { missingSecrets, neededSecrets } from '../../cli/cluster/secrets.ts';
import { secretsOfDemo } from '../../cli/demo-secrets.ts';
import { type EventName, eventData, typeOf } from '../../lib/events/event-types.ts';
import { logins } from '../../lib/roles/logins.ts';
import { places } from './rendered.ts';

const FUNCTIONS = fileURLToPath(new URL('../../functions/', import.meta.url));

const parts = (resources: readonly unknown[]) => resources.flatMap((resource) => [...objectsIn(resource)]);
const named = (resources: readonly Resource[], kind: string) =>
  resources.filter((one) => kindOf(one) === kind).map(({ metadata }) => metadata.name);

/** By hand as docs/deploy.md says, or by `make deploy` where the database is inside. */
function secretsMade(resources: readonly Resource[]): Map<string, Set<string>> {
  const inside = resources.some(({ metadata }) => metadata.annotations?.['kubescribe.dev/secrets']);
  return inside
    ? new Map(
        secretsOfDemo({}).items.map(({ metadata, stringData }) => [
          metadata.name,
          new Set(Object.keys(stringData)),
        ]),
      )
    : new Map(
        [...logins.map(({ secret }) => secret), 'kubescribe-smtp'].map((name) => [name, new Set(['url'])]),
      );
}

test.for(places)('knative/$place: the Secrets that it names are made', ({ resources }) => {
  expect(missingSecrets(neededSecrets(resources), secretsMade(resources))).toEqual([]);
});

test.for(places)(
  'knative/$place: the ConfigMaps that it names are there, with their keys',
  ({ resources }) => {
    const KeyRef = z.looseObject({ name: z.string(), key: z.string() });
    const data = new Map(
      resources
        .filter((one) => kindOf(one) === '/ConfigMap')
        .map((one) => [one.metadata.name, Object(one).data]),
    );
    const missing = parts(resources).flatMap(({ configMapKeyRef, configMap }) => {
      const ref = KeyRef.safeParse(configMapKeyRef).data;
      const volume = z.looseObject({ name: z.string() }).safeParse(configMap).data;
      return [
        ...(ref && data.get(ref.name)?.[ref.key] === undefined ? [`${ref.name}: ${ref.key}`] : []),
        ...(volume && !data.has(volume.name) ? [volume.name] : []),
      ];
    });

    expect(missing).toEqual([]);
  },
);

test.for(places)('knative/$place: accounts, sinks, subscribers and Brokers are there', ({ resources }) => {
  const there = new Set(resources.map((one) => `${one.apiVersion} ${one.kind} ${one.metadata.name}`));
  const Ref = z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string() });
  const refs = parts(resources).flatMap(({ ref, reference, config }) =>
    [ref, reference, config].flatMap((one) => Ref.safeParse(one).data ?? []),
  );
  const accounts = parts(resources).flatMap(({ serviceAccountName: name }) =>
    typeof name === 'string' ? [name] : [],
  );
  const Subjects = z.looseObject({
    roleRef: z.looseObject({ kind: z.string(), name: z.string() }),
    subjects: z.array(z.looseObject({ kind: z.literal('ServiceAccount'), name: z.string() })),
  });
  const bindings = resources.filter(({ kind }) => kind === 'RoleBinding').map((one) => Subjects.parse(one));

  expect(refs.length).toBeGreaterThan(20);
  expect(
    refs.map((one) => `${one.apiVersion} ${one.kind} ${one.name}`).filter((one) => !there.has(one)),
  ).toEqual([]);
  const known = named(resources, '/ServiceAccount');
  const used = [...accounts, ...bindings.flatMap(({ subjects }) => subjects.map(({ name }) => name))];
  expect(used.filter((name) => !known.includes(name))).toEqual([]);
  const roles = named(resources, 'rbac.authorization.k8s.io/Role');
  expect(bindings.map(({ roleRef }) => roleRef.name).filter((name) => !roles.includes(name))).toEqual([]);
  const brokers = named(resources, 'eventing.knative.dev/Broker');
  const asked = resources.filter(({ kind }) => kind === 'Trigger').map(({ spec }) => Object(spec).broker);
  expect(asked.filter((name) => !brokers.includes(name))).toEqual([]);
});

test.for(places)(
  'knative/$place: each policy and each Service of Kubernetes selects a pod',
  ({ resources }) => {
    const Labels = z.record(z.string(), z.string());
    const pods = parts(resources).flatMap(({ template }) => {
      const labels = Labels.safeParse(Object(Object(template).metadata).labels).data;
      return labels ? [labels] : [];
    });
    const selectors = resources.flatMap(({ kind, apiVersion, spec, metadata }) => {
      const of = Object(spec);
      const selector = kind === 'NetworkPolicy' ? of.podSelector?.matchLabels : of.selector;
      if (kind !== 'NetworkPolicy' && !(kind === 'Service' && apiVersion === 'v1')) return [];
      // Knative labels the pods of a revision itself.
      const labels = Object.entries(Labels.parse(selector ?? {})).filter(
        ([key]) => !key.includes('knative.dev/'),
      );
      return [{ name: `${kind} ${metadata.name}`, labels }];
    });
    const selects = (labels: [string, string][]) =>
      pods.some((pod) => labels.every(([key, value]) => pod[key] === value));

    expect(pods.length).toBeGreaterThan(10);
    expect(selectors.filter(({ labels }) => !selects(labels)).map(({ name }) => name)).toEqual([]);
  },
);

test.for(places)('knative/$place: each function has one host', ({ resources }) => {
  const Env = z.looseObject({ name: z.literal('FUNCTION_TARGET'), value: z.string() });
  const hosted = parts(resources.filter((one) => kindOf(one) === 'serving.knative.dev/Service')).flatMap(
    (part) => Env.safeParse(part).data?.value.split(',') ?? [],
  );

  expect(hosted.sort()).toEqual(
    readdirSync(FUNCTIONS)
      .map((file) => file.replace('.ts', ''))
      .sort(),
  );
});

test.for(places)(
  'knative/$place: each type of event has a Trigger, or its EventType says who reads it',
  ({ resources }) => {
    const triggers = resources.filter(({ kind }) => kind === 'Trigger');
    const heard = new Set(parts(triggers).flatMap(({ type }) => (typeof type === 'string' ? [type] : [])));
    const forOthers = resources
      .filter(
        ({ kind, metadata }) => kind === 'EventType' && metadata.annotations?.['kubescribe.dev/read-by'],
      )
      .map(({ metadata }) => metadata.name);
    const types = z
      .array(z.custom<EventName>((name) => typeof name === 'string' && name in eventData))
      .parse(Object.keys(eventData))
      .map(typeOf);

    expect(types.filter((type) => !heard.has(type) && !forOthers.includes(type))).toEqual([]);
    expect(forOthers.filter((type) => heard.has(type))).toEqual([]);
  },
);
