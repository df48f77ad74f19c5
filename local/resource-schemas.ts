import { z } from 'zod';
import { scheduleFault, zoneFault } from './cron-schedule.ts';
import { parseDuration } from './duration.ts';
import type { Filter } from './filter.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

const refine = (fault: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = fault(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const Metadata = z.looseObject({
  name: z.string().regex(DNS_LABEL, 'must be a DNS label'),
  namespace: z.string().regex(DNS_LABEL, 'must be a DNS label').optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

const Destination = z
  .strictObject({
    ref: z
      .strictObject({
        apiVersion: z.string(),
        kind: z.string(),
        name: z.string(),
        namespace: z.string().optional(),
      })
      .optional(),
    uri: z.string().optional(),
  })
  .refine(({ ref, uri }) => ref !== undefined || uri !== undefined, 'expected a ref or a uri');

const Duration = refine((text) =>
  parseDuration(text) === undefined ? `${text} is no ISO 8601 duration such as PT30S` : undefined,
);

const Delivery = z.strictObject({
  deadLetterSink: Destination.optional(),
  retry: z.int().min(0).optional(),
  backoffPolicy: z.enum(['linear', 'exponential']).optional(),
  backoffDelay: Duration.optional(),
  timeout: Duration.optional(),
});

const attributeName = z
  .string()
  .regex(/^[a-z][a-z0-9]*$/, 'attribute names are lower-case letters and digits');
const Attributes = z.record(attributeName, z.string());
const NonEmpty = z.record(attributeName, z.string().min(1, 'must not be empty'));

const FilterSchema: z.ZodType<Filter> = z
  .strictObject({
    exact: NonEmpty.optional(),
    prefix: NonEmpty.optional(),
    suffix: NonEmpty.optional(),
    all: z.lazy(() => z.array(FilterSchema).min(1)).optional(),
    any: z.lazy(() => z.array(FilterSchema).min(1)).optional(),
    not: z.lazy(() => FilterSchema).optional(),
  })
  .refine(
    (filter) => Object.keys(filter).length === 1,
    'expected one of exact, prefix, suffix, all, any, not',
  );

const KeyRef = z.strictObject({ name: z.string(), key: z.string(), optional: z.boolean().default(false) });
const EnvVar = z.strictObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .strictObject({ secretKeyRef: KeyRef.optional(), configMapKeyRef: KeyRef.optional() })
    .optional(),
});
const EnvSource = z.strictObject({ name: z.string(), optional: z.boolean().default(false) });
const Container = z.looseObject({
  image: z.string(),
  env: z.array(EnvVar).default([]),
  envFrom: z
    .array(z.strictObject({ secretRef: EnvSource.optional(), configMapRef: EnvSource.optional() }))
    .default([]),
});

/** The greatest timeoutSeconds that Serving admits by default. */
const MAX_TIMEOUT_SECONDS = 600;
const timeout = z.int().min(0).max(MAX_TIMEOUT_SECONDS);

export const ServiceResource = z.looseObject({
  metadata: Metadata,
  spec: z.strictObject({
    template: z.looseObject({
      spec: z
        .looseObject({
          containers: z.array(Container).length(1, 'the local platform runs exactly one container a Service'),
          timeoutSeconds: timeout.default(300),
          responseStartTimeoutSeconds: timeout.optional(),
          containerConcurrency: z.int().min(0).max(1000).default(0),
        })
        .refine((spec) => (spec.responseStartTimeoutSeconds ?? 0) <= spec.timeoutSeconds, {
          path: ['responseStartTimeoutSeconds'],
          message: 'must not exceed timeoutSeconds',
        }),
    }),
    traffic: z.array(z.looseObject({})).optional(),
  }),
});

export const BrokerResource = z.looseObject({
  metadata: Metadata,
  spec: z.strictObject({ config: z.looseObject({}).optional(), delivery: Delivery.optional() }).default({}),
});

export const TriggerResource = z.looseObject({
  metadata: Metadata,
  spec: z.strictObject({
    broker: z.string().min(1),
    filter: z.strictObject({ attributes: Attributes.optional() }).optional(),
    filters: z.array(FilterSchema).optional(),
    subscriber: Destination,
    delivery: Delivery.optional(),
  }),
});

export const PingSourceResource = z.looseObject({
  metadata: Metadata,
  spec: z
    .strictObject({
      schedule: refine(scheduleFault),
      timezone: refine(zoneFault).optional(),
      contentType: z.string().optional(),
      data: z.string().optional(),
      dataBase64: z.base64().optional(),
      sink: Destination,
      ceOverrides: z.strictObject({ extensions: Attributes.optional() }).optional(),
    })
    .superRefine(({ contentType, data, dataBase64 }, context) => {
      const field = data === undefined ? 'dataBase64' : 'data';
      if (data !== undefined && dataBase64 !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['dataBase64'],
          message: 'expected data or dataBase64, not both',
        });
      }
      const text = data ?? (dataBase64 === undefined ? '' : Buffer.from(dataBase64, 'base64').toString());
      if (contentType === 'application/json' && text !== '' && !isJsonObject(text)) {
        context.addIssue({
          code: 'custom',
          path: [field],
          message: 'with application/json the data is a JSON object',
        });
      }
    }),
});

export const ConfigMapResource = z.looseObject({
  metadata: Metadata,
  data: z.record(z.string(), z.string()).default({}),
});

/** What every document must have to be a Kubernetes resource. */
export const AnyResource = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

export type DestinationSpec = z.infer<typeof Destination>;
export type DeliverySpec = z.infer<typeof Delivery>;
export type ContainerSpec = z.infer<typeof Container>;

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
