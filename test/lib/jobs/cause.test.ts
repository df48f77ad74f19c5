import type { V1Job, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { causeOf } from '../../../lib/jobs/cause.ts';

const job: V1Job = {
  status: {
    conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'the limit' }],
  },
};
const late: V1Job = {
  status: {
    conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'too long' }],
  },
};
const running: V1Job = { status: {} };
const disrupted = (reason: string, message: string) => [
  { type: 'DisruptionTarget', status: 'True', reason, message },
];
const pod = (status: V1PodStatus, deletionTimestamp?: Date): V1Pod => ({
  metadata: { ...(deletionTimestamp && { deletionTimestamp }) },
  spec: { containers: [{ name: 'function', resources: { limits: { memory: '1Gi' } } }] },
  status,
});
const container = (state: object) => [
  { name: 'function', image: 'kubescribe:9', imageID: '', ready: false, restartCount: 0, state },
];

test.for<[string, V1Job | undefined, V1Pod[], string, string]>([
  ['has no Job', undefined, [], 'JOB_GONE', 'its Job is not there: never made, or deleted'],
  [
    'was killed for its memory',
    job,
    [
      pod({
        phase: 'Failed',
        containerStatuses: container({ terminated: { reason: 'OOMKilled', exitCode: 137 } }),
      }),
    ],
    'JOB_OOM_KILLED',
    'its container was killed for taking more memory than 1Gi (OOMKilled)',
  ],
  [
    'was evicted by its node',
    job,
    [pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })],
    'JOB_EVICTED',
    'its pod was evicted (Evicted: The node was low on resource: memory.)',
  ],
  [
    'made room for another',
    job,
    [pod({ phase: 'Failed', conditions: disrupted('PreemptionByScheduler', 'preempting') })],
    'JOB_EVICTED',
    'its pod was evicted (PreemptionByScheduler: preempting)',
  ],
  [
    'was on a node that is lost',
    job,
    [pod({ phase: 'Failed', conditions: disrupted('DeletionByTaintManager', 'not reachable') })],
    'JOB_NODE_LOST',
    'its node was lost (DeletionByTaintManager: not reachable)',
  ],
  [
    'is to be deleted on a node that does not answer',
    running,
    [pod({ phase: 'Running', containerStatuses: container({ running: {} }) }, new Date(0))],
    'JOB_NODE_LOST',
    'its pod is to be deleted and does not go: its node is away',
  ],
  [
    'was too long',
    late,
    [],
    'JOB_DEADLINE_EXCEEDED',
    'its Job was ended by its deadline (DeadlineExceeded: too long)',
  ],
  [
    'cannot pull its image',
    running,
    [
      pod({
        phase: 'Pending',
        containerStatuses: container({ waiting: { reason: 'ErrImagePull', message: 'not\n found' } }),
      }),
    ],
    'JOB_IMAGE_PULL',
    'its image kubescribe:9 cannot be pulled (ErrImagePull: not found)',
  ],
  [
    'finds no node',
    running,
    [
      pod({
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' },
        ],
      }),
    ],
    'JOB_UNSCHEDULABLE',
    'no node takes its pod (Unschedulable: 0/3 nodes)',
  ],
  [
    'lacks a Secret',
    running,
    [
      pod({
        phase: 'Pending',
        containerStatuses: container({
          waiting: { reason: 'CreateContainerConfigError', message: 'secret not found' },
        }),
      }),
    ],
    'JOB_NOT_STARTED',
    'its pod did not start in time (CreateContainerConfigError: secret not found)',
  ],
  [
    'has no pod yet',
    running,
    [],
    'JOB_NOT_STARTED',
    'its Job has no pod: a quota, or the cluster has not come to it',
  ],
  [
    'lost its pod',
    job,
    [],
    'JOB_POD_LOST',
    'its pod is gone (BackoffLimitExceeded: the limit): deleted, or its node was lost',
  ],
  [
    'ended with a code',
    job,
    [
      pod({
        phase: 'Failed',
        containerStatuses: container({ terminated: { reason: 'Error', exitCode: 1 } }),
      }),
    ],
    'JOB_POD_FAILED',
    'its container ended with exit code 1 (Error)',
  ],
  [
    'runs and says nothing',
    running,
    [pod({ phase: 'Running', containerStatuses: container({ running: {} }) })],
    'JOB_SILENT',
    'its pod runs, and did not renew its lease',
  ],
  [
    'had two pods, of which one had nothing to do',
    job,
    [
      pod({ phase: 'Succeeded' }),
      pod({
        phase: 'Failed',
        containerStatuses: container({ terminated: { reason: 'OOMKilled', exitCode: 137 } }),
      }),
    ],
    'JOB_OOM_KILLED',
    'its container was killed for taking more memory than 1Gi (OOMKilled)',
  ],
])('a Job that %s is told so', ([, of, pods, code, message]) => {
  expect(causeOf(of, pods)).toEqual({ code, message });
});

test('what the cluster says at length is cut', () => {
  const { message } = causeOf(job, [pod({ phase: 'Failed', reason: 'Evicted', message: 'x'.repeat(5000) })]);

  expect(message.length).toBeLessThan(500);
});
