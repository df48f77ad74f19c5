/** Kubernetes resources as deploy and doctor read them: what they need of each, the rest as it is. */
import * as z from 'zod';

const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const Status = z.looseObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(Condition).optional(),
});

/** Nothing is added in reading: what was read may be applied. */
export const Resource = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    generation: z.int().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.unknown().optional(),
  status: Status.optional(),
});

export type Resource = z.infer<typeof Resource>;

export const ResourceList = z.looseObject({ items: z.array(Resource) });

/** `serving.knative.dev/Service`: a kind with its group, which alone tells ours from Kubernetes' own. */
export const kindOf = ({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>) =>
  `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`;

/** What kubectl calls the kinds that are waited for. */
export const WAITED: Readonly<Record<string, string>> = {
  'serving.knative.dev/Service': 'services.serving.knative.dev',
  'eventing.knative.dev/Broker': 'brokers.eventing.knative.dev',
  'eventing.knative.dev/Trigger': 'triggers.eventing.knative.dev',
  'sources.knative.dev/PingSource': 'pingsources.sources.knative.dev',
  'sinks.knative.dev/JobSink': 'jobsinks.sinks.knative.dev',
  'batch/Job': 'jobs.batch',
  'apps/Deployment': 'deployments.apps',
  'apps/StatefulSet': 'statefulsets.apps',
};

/** Every object in a value, itself first. */
export function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value };
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}
