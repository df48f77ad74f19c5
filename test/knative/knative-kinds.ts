/** Knative's and Prometheus' kinds: the fields that these manifests use; any other is a fault, so that a typo is one. */
import * as z from 'zod';
import { BrokerResource, TriggerResource } from '../../local/manifests/eventing-schema.ts';
import { PingSourceResource } from '../../local/manifests/ping-source-schema.ts';
import { coreFaults } from './core-fields.ts';

const Name = z
  .string()
  .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/)
  .max(253);
const Quantity = /^\d+(\.\d+)?(m|Ki|Mi|Gi)?$/;
const WholeNumber = z.string().regex(/^\d+$/);

const metadata = (annotations: z.ZodType) =>
  z.strictObject({
    name: Name,
    namespace: z.literal('kubescribe'),
    labels: z.record(z.string(), z.string().max(63)),
    annotations: annotations.optional(),
  });
const resource = <const V extends string, S extends z.ZodType>(
  apiVersion: V,
  kind: string,
  spec: S,
  annotations: z.ZodType = z.strictObject({}),
) =>
  z.strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal(kind),
    metadata: metadata(annotations),
    spec,
  });

/** A part that is Kubernetes' own. */
const core = (type: string) =>
  z.unknown().superRefine((value, context) => {
    for (const message of coreFaults(type, value, type)) context.addIssue({ code: 'custom', message });
  });

const Container = core('V1Container').and(
  z.looseObject({ name: z.string(), image: z.string(), lifecycle: z.undefined().optional() }),
);
/** Without flags of the cluster Serving admits no other field of a pod. */
const RevisionSpec = z.strictObject({
  containerConcurrency: z.int().min(0).max(1000),
  timeoutSeconds: z.int().min(1).max(600),
  responseStartTimeoutSeconds: z.int().min(0).max(600),
  idleTimeoutSeconds: z.int().min(0).max(600).optional(),
  serviceAccountName: Name,
  // Serving takes no other value: a pod that needs its token leaves it to its account.
  automountServiceAccountToken: z.literal(false).optional(),
  enableServiceLinks: z.literal(false),
  imagePullSecrets: z.array(z.strictObject({ name: Name })).optional(),
  containers: z.array(Container).min(1),
  volumes: z
    .array(
      core('V1Volume').and(
        z.strictObject({
          name: Name,
          emptyDir: z.looseObject({ sizeLimit: z.string().regex(Quantity) }).optional(),
          secret: z.looseObject({}).optional(),
          configMap: z.looseObject({}).optional(),
          projected: z.looseObject({}).optional(),
        }),
      ),
    )
    .optional(),
});
const Scaling = z.strictObject({
  'autoscaling.knative.dev/min-scale': WholeNumber,
  'autoscaling.knative.dev/max-scale': WholeNumber,
  'autoscaling.knative.dev/window': z.string().optional(),
  'autoscaling.knative.dev/scale-down-delay': z.string().optional(),
  'autoscaling.knative.dev/scale-to-zero-pod-retention-period': z.string().optional(),
});

const Selector = z.strictObject({ matchLabels: z.record(z.string(), z.string()) });
const Endpoint = z.strictObject({ port: z.string(), path: z.string().startsWith('/'), interval: z.string() });

/** Schemas by API group and kind. */
export const knativeKinds: Readonly<Record<string, z.ZodType>> = {
  'serving.knative.dev/Service': resource(
    'serving.knative.dev/v1',
    'Service',
    z.strictObject({
      template: z.strictObject({
        metadata: z.strictObject({ labels: z.record(z.string(), z.string()), annotations: Scaling }),
        spec: RevisionSpec,
      }),
    }),
  ),
  'eventing.knative.dev/Broker': resource(
    'eventing.knative.dev/v1',
    'Broker',
    BrokerResource.shape.spec,
    z.strictObject({
      'messaging.knative.dev/async-handler': z.enum(['true', 'false']).optional(),
      'eventing.knative.dev/broker.class': z.enum(['Kafka', 'MTChannelBasedBroker']).optional(),
    }),
  ),
  'eventing.knative.dev/Trigger': resource(
    'eventing.knative.dev/v1',
    'Trigger',
    TriggerResource.shape.spec,
    z.strictObject({
      'kafka.eventing.knative.dev/delivery.order': z.enum(['ordered', 'unordered']).optional(),
    }),
  ),
  'sources.knative.dev/PingSource': resource(
    'sources.knative.dev/v1',
    'PingSource',
    PingSourceResource.shape.spec,
  ),
  'eventing.knative.dev/EventType': resource(
    'eventing.knative.dev/v1beta3',
    'EventType',
    z.strictObject({
      description: z.string().min(1),
      reference: z.strictObject({
        apiVersion: z.literal('eventing.knative.dev/v1'),
        kind: z.literal('Broker'),
        name: Name,
      }),
      attributes: z.array(
        z.strictObject({ name: z.string(), required: z.boolean(), value: z.string().optional() }),
      ),
    }),
    z.strictObject({ 'kubescribe.dev/read-by': z.string().min(1).optional() }),
  ),
  'sinks.knative.dev/JobSink': resource(
    'sinks.knative.dev/v1alpha1',
    'JobSink',
    z.strictObject({ job: core('V1Job').and(z.looseObject({ spec: z.looseObject({}) })) }),
  ),
  'monitoring.coreos.com/ServiceMonitor': resource(
    'monitoring.coreos.com/v1',
    'ServiceMonitor',
    z.strictObject({ selector: Selector, endpoints: z.array(Endpoint).min(1) }),
  ),
  'monitoring.coreos.com/PodMonitor': resource(
    'monitoring.coreos.com/v1',
    'PodMonitor',
    z.strictObject({
      selector: Selector,
      podTargetLabels: z.array(z.string()).optional(),
      podMetricsEndpoints: z.array(Endpoint).min(1),
    }),
  ),
  'monitoring.coreos.com/PrometheusRule': resource(
    'monitoring.coreos.com/v1',
    'PrometheusRule',
    z.strictObject({
      groups: z.array(
        z.strictObject({
          name: z.string(),
          rules: z.array(
            z.strictObject({
              alert: z.string(),
              expr: z.string(),
              for: z
                .string()
                .regex(/^\d+[smhd]$/)
                .optional(),
              labels: z.record(z.string(), z.string()),
              annotations: z.strictObject({ summary: z.string(), description: z.string() }),
            }),
          ),
        }),
      ),
    }),
  ),
};
