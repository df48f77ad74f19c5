import * as z from 'zod';
import type { Filter } from '../eventing/filter.ts';
import { parseDuration } from './duration.ts';
import { Metadata, refine } from './resource-schema.ts';

export const Destination = z
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
export const Attributes = z.record(attributeName, z.string());
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

export type DestinationSpec = z.infer<typeof Destination>;
export type DeliverySpec = z.infer<typeof Delivery>;
