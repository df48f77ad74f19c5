import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { readManifests } from '../../../local/manifests/read.ts';

const KNATIVE = fileURLToPath(new URL('../../../knative/', import.meta.url));
const OVERLAYS = ['production', 'kafka'] as const;
/** Not a package: where it is missing, tests that need it are skipped. */
const KUBECTL = 'kubectl';
/** Many connections for minutes: they have a host of their own. */
const STREAMS = 'stream-logs';

const base = readManifests(`${KNATIVE}base`);
const overlay = (name: (typeof OVERLAYS)[number]) => readManifests(`${KNATIVE}overlays/${name}`);
const rendered = Object.fromEntries(
  OVERLAYS.map((name) => [
    name,
    spawnSync(KUBECTL, ['kustomize', `${KNATIVE}overlays/${name}`], { encoding: 'utf8' }),
  ]),
);

describe.each(OVERLAYS)('knative/overlays/%s', (name) => {
  test('leaves every event its subscriber, and every subscriber its events', () => {
    const { triggers, pingSources, brokers } = overlay(name);

    expect(triggers.map((trigger) => trigger.name)).toEqual(base.triggers.map((trigger) => trigger.name));
    expect(pingSources).toHaveLength(base.pingSources.length);
    expect(brokers).toHaveLength(1);
  });

  test.skipIf(rendered[name]?.error)('is rendered by kubectl as it is read here', () => {
    const Rendered = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
    const resources = parseAllDocuments(rendered[name]?.stdout ?? '').map((one) =>
      Rendered.parse(one.toJS()),
    );
    const services = resources.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);

    expect(services.sort()).toEqual(
      overlay(name)
        .services.map((service) => service.name)
        .sort(),
    );
  });
});

test('in production every function of the base has a host, those that only read share one', () => {
  const hosted = overlay('production').services.flatMap(({ env }) => env.FUNCTION_TARGET?.split(',') ?? []);
  const shared = overlay('production').services.find(({ name }) => name === 'api');
  const readers = base.services
    .filter(
      ({ name, public: isPublic }) =>
        isPublic && name !== STREAMS && readFileSync(file(name), 'utf8').includes('kubescribe-runlog-reader'),
    )
    .map(({ name }) => name);

  expect(hosted.sort()).toEqual(base.services.map(({ name }) => name).sort());
  expect(shared?.env.FUNCTION_TARGET?.split(',').sort()).toEqual(readers.sort());
  // It waits as long as the most patient of those whom it hosts.
  const seconds = base.services.filter(({ name }) => readers.includes(name)).map((one) => one.timeoutSeconds);
  expect(shared?.timeoutSeconds).toBe(Math.max(...seconds));
});

test.skipIf(rendered.production?.error)('in production each image is named by its digest', () => {
  const images = (rendered.production?.stdout ?? '').match(/^ *-? *image: .*$/gm) ?? [];

  expect(images.length).toBeGreaterThan(10);
  for (const image of images) expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
});

/** The file of the base that makes a Service. */
function file(name: string): string {
  const { resources } = z
    .object({ resources: z.array(z.string()) })
    .parse(parse(readFileSync(`${KNATIVE}base/kustomization.yaml`, 'utf8')));
  return `${KNATIVE}base/${resources.find((path) => path.endsWith(`-${name}.yaml`) && path.startsWith('3'))}`;
}
