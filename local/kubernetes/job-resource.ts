import * as z from 'zod';

const Env = z.looseObject({ name: z.string(), value: z.string().optional() });

/** Of a Job what this machine heeds, checked as an API server would; the rest is kept as it came. */
export const JobResource = z.looseObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.looseObject({
    name: z
      .string()
      .max(63)
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/),
    labels: z.record(z.string(), z.string().regex(/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/)).optional(),
  }),
  spec: z.looseObject({
    backoffLimit: z.literal(0),
    activeDeadlineSeconds: z.int().min(1),
    ttlSecondsAfterFinished: z.int().min(0),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        restartPolicy: z.literal('Never'),
        containers: z.tuple(
          [
            z.looseObject({
              image: z.string(),
              env: z.array(Env),
              resources: z.looseObject({ limits: z.looseObject({ cpu: z.string(), memory: z.string() }) }),
            }),
          ],
          z.looseObject({}),
        ),
      }),
    }),
  }),
});

export type JobResource = z.infer<typeof JobResource>;

/** A Pod's status as far as it is asked for. */
export type PodStatus = {
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  reason?: string;
  message?: string;
  conditions?: { type: string; status: 'True' | 'False'; reason?: string; message?: string }[];
  containerStatuses?: { image?: string; state: Record<string, Record<string, unknown>> }[];
};

/** What a node does with a pod: says how it is by now, and ends it when it is told to. */
export type NodePod = { status(): PodStatus; stop(): void; ended?: Promise<unknown> };
