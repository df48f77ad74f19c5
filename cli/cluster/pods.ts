/** Why pods do not start, in the words of the kubelet: a Service says less of it, and later. */
import * as z from 'zod';
import { kubectlJson } from './kubectl.ts';

const Waiting = z.looseObject({ reason: z.string().default(''), message: z.string().default('') });
const Container = z.looseObject({
  name: z.string(),
  image: z.string().default(''),
  state: z
    .looseObject({
      waiting: Waiting.optional(),
      running: z.looseObject({}).optional(),
      terminated: z.looseObject({ exitCode: z.int() }).optional(),
    })
    .default({}),
});
const Pods = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
      status: z.looseObject({
        phase: z.string().default(''),
        conditions: z
          .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().default('') }))
          .default([]),
        initContainerStatuses: z.array(Container).default([]),
        containerStatuses: z.array(Container).default([]),
      }),
    }),
  ),
});

export type PodTrouble = { of: string; pod: string; reason: string; message: string; image: string };

const STARTING = new Set(['', 'PodInitializing', 'ContainerCreating']);

/** What keeps pods of a namespace from running, by the name of what they belong to. */
export async function podTroubles(namespace: string): Promise<PodTrouble[]> {
  const { items } = Pods.parse(
    await kubectlJson(['get', 'pods', '-n', namespace, '-l', 'app.kubernetes.io/part-of=kubescribe']),
  );
  return items.flatMap(({ metadata, status }) => {
    const about = { of: metadata.labels['app.kubernetes.io/name'] ?? metadata.name, pod: metadata.name };
    const nowhere = status.conditions.find(
      ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
    );
    if (nowhere) return [{ ...about, reason: 'Unschedulable', message: nowhere.message, image: '' }];
    return [...status.initContainerStatuses, ...status.containerStatuses].flatMap(({ image, state }) =>
      state.waiting && !STARTING.has(state.waiting.reason) ? [{ ...about, ...state.waiting, image }] : [],
    );
  });
}

/** Whether a container of a Job runs at this moment. */
export async function isAtWork(namespace: string, job: string): Promise<boolean> {
  const { items } = Pods.parse(await kubectlJson(['get', 'pods', '-n', namespace, '-l', `job-name=${job}`]));
  return items
    .flatMap(({ status }) => [...status.initContainerStatuses, ...status.containerStatuses])
    .some(({ state }) => state.running !== undefined);
}
