import * as z from 'zod';
import { Metadata } from './resource-schema.ts';

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

export type ContainerSpec = z.infer<typeof Container>;
