import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { MOST_LIVE } from '../lib/backfills/wish.ts';
import { eventData, typeOf } from '../lib/events/event-types.ts';
import { loadPipelines } from '../lib/pipeline/load.ts';
import { MOST_WAITERS } from '../lib/requests/wait-for-end.ts';
import { logins } from '../lib/roles/logins.ts';
import { STREAM_TIMEOUT } from '../lib/tail/streams.ts';
import { DELIVERY_TIMEOUT, REDELIVERY, SERVICE_TIMEOUT } from '../lib/work/numbers.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SECOND = 1000;

const Resource = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({}).optional(),
});
const Delivery = z.looseObject({
  timeout: z.string(),
  retry: z.int(),
  backoffPolicy: z.literal('exponential'),
  backoffDelay: z.string(),
});
const Env = z.looseObject({
  valueFrom: z.looseObject({ secretKeyRef: z.looseObject({ name: z.string() }).optional() }).optional(),
});
const Hosting = z.looseObject({
  template: z.looseObject({
    metadata: z.looseObject({ annotations: z.record(z.string(), z.string()) }),
    spec: z.looseObject({ containers: z.array(z.looseObject({ env: z.array(Env) })) }),
  }),
});
/** Connections of a function to RunLog, at most. */
const POOL = 4;
const base = readdirSync(`${ROOT}knative/base`)
  .filter((name) => name !== 'kustomization.yaml')
  .map((name) => Resource.parse(parse(readFileSync(`${ROOT}knative/base/${name}`, 'utf8'))));
const specs = <T>(kind: string, spec: z.ZodType<T>) =>
  base
    .filter((one) => one.kind === kind)
    .map((one) => ({ name: one.metadata.name, spec: spec.parse(one.spec) }));
const seconds = (duration: string) => Number(/^PT(\d+)S$/.exec(duration)?.[1]) * SECOND;

describe('the manifests say what the code says:', () => {
  test('each function is a Service and one of framework.ts', () => {
    const functions = readdirSync(`${ROOT}functions`).map((name) => name.replace('.ts', ''));
    const framework = readFileSync(`${ROOT}framework.ts`, 'utf8');

    expect(
      specs('Service', z.looseObject({}))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(functions.filter((name) => name !== 'api').sort());
    expect(functions.filter((name) => !framework.includes(`./functions/${name}.ts`))).toEqual([]);
  });

  test('deliveries time out and come again as the protocol counts on', () => {
    const carriers = [
      ...specs('Broker', z.looseObject({ delivery: Delivery })),
      ...specs('Trigger', z.looseObject({ delivery: Delivery })),
    ];

    expect(carriers.length).toBeGreaterThan(4);
    for (const { spec } of carriers) {
      expect(seconds(spec.delivery.timeout)).toBe(DELIVERY_TIMEOUT);
      expect((2 ** spec.delivery.retry - 1) * seconds(spec.delivery.backoffDelay)).toBe(REDELIVERY);
    }
  });

  test('a Service may take as long as the protocol counts on', () => {
    const Service = z.looseObject({
      template: z.looseObject({ spec: z.looseObject({ timeoutSeconds: z.int() }) }),
    });

    for (const { name, spec } of specs('Service', Service)) {
      const expected = /^(stream-)?logs$/.test(name) ? STREAM_TIMEOUT : SERVICE_TIMEOUT;
      expect(spec.template.spec.timeoutSeconds * SECOND, name).toBe(expected);
    }
  });

  test('each Secret is one that `kubescribe roles` makes, and a login has connections for all its pods, twice', () => {
    const secrets = new Map<string, number>();
    for (const { metadata, spec } of base.filter(({ kind }) => kind === 'Service')) {
      const { template } = Hosting.parse(spec);
      const pods = Number(template.metadata.annotations['autoscaling.knative.dev/max-scale']);
      for (const { valueFrom } of template.spec.containers.flatMap(({ env }) => env)) {
        const name = valueFrom?.secretKeyRef?.name;
        if (name) secrets.set(name, (secrets.get(name) ?? 0) + pods * POOL * 2);
        if (name)
          expect([...logins.map(({ secret }) => secret), 'kubescribe-smtp'], metadata.name).toContain(name);
      }
    }

    const Migration = z.looseObject({
      template: z.looseObject({
        spec: z.looseObject({
          initContainers: z.array(z.looseObject({ env: z.array(Env) })),
          containers: z.array(z.looseObject({ env: z.array(Env) })),
        }),
      }),
    });
    for (const { spec } of specs('Job', Migration)) {
      const { initContainers, containers } = spec.template.spec;
      for (const { valueFrom } of [...initContainers, ...containers].flatMap(({ env }) => env))
        expect(logins.map(({ secret }) => secret)).toContain(valueFrom?.secretKeyRef?.name);
    }

    for (const { secret, connections, database } of logins) {
      if (database === 'runlog') expect(connections, secret).toBeGreaterThanOrEqual(secrets.get(secret) ?? 0);
    }
  });

  test('backfills leave half of the workers to the schedule and to people', () => {
    const Runner = z.looseObject({
      template: z.looseObject({
        metadata: z.looseObject({ annotations: z.record(z.string(), z.string()) }),
        spec: z.looseObject({ containerConcurrency: z.int() }),
      }),
    });
    const runner = base.find(({ metadata, kind }) => kind === 'Service' && metadata.name === 'run-pipeline');
    const { metadata, spec } = Runner.parse(runner?.spec).template;
    const workers =
      spec.containerConcurrency * Number(metadata.annotations['autoscaling.knative.dev/max-scale']);

    expect(MOST_LIVE).toBeLessThanOrEqual(workers / 2);
  });

  test('who waits for the end of a run leaves a place to who does not, ticks above all', () => {
    const Waiting = z.looseObject({
      template: z.looseObject({ spec: z.looseObject({ containerConcurrency: z.int() }) }),
    });
    const places = specs('Service', z.looseObject({}))
      .filter(({ name }) => name === 'trigger' || name === 'control-runs')
      .map(({ spec }) => Waiting.parse(spec).template.spec.containerConcurrency);

    expect(places).toHaveLength(2);
    for (const place of places) expect(place).toBeGreaterThanOrEqual(MOST_WAITERS + 50);
  });

  test('the PingSource of each scheduled pipeline ticks by its schedule, in its zone', async () => {
    const Ping = z.looseObject({ schedule: z.string(), timezone: z.string(), data: z.string() });
    const ticks = specs('PingSource', Ping).map(({ spec: { schedule, timezone, data } }) => ({
      schedule,
      timezone,
      data,
    }));

    for (const { name, schedule } of await loadPipelines(`${ROOT}pipelines`)) {
      if (!schedule) continue;
      expect(ticks).toContainEqual({
        schedule: schedule.cron,
        timezone: schedule.timezone,
        data: JSON.stringify({ pipeline: name }),
      });
    }
  });

  test('each event of ours has its EventType, and each EventType its event', () => {
    const names = z
      .array(z.enum(Object.keys(eventData) as [keyof typeof eventData]))
      .parse(Object.keys(eventData));

    expect(
      specs('EventType', z.looseObject({}))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names.map(typeOf).sort());
  });
});
