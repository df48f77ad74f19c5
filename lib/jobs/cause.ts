/** Why a Job did not do its work, in the words of the cluster. */
import type {
  V1ContainerStatus,
  V1Job,
  V1JobCondition,
  V1Pod,
  V1PodCondition,
} from '@kubernetes/client-node';

/** A code of ours and a sentence of what the cluster says. */
export type JobCause = { code: string; message: string };

/** Of what the cluster says as much as people read. */
const LONGEST = 400;
const PULL = /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|ImageInspectError)$/;

const said = (reason: string | undefined, message: string | undefined) =>
  [reason, message?.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST)].filter(Boolean).join(': ') ||
  'no reason given';

const holds = (condition: V1JobCondition | V1PodCondition, type: string) =>
  condition.type === type && condition.status === 'True';

/** Whether it runs no more and never will again. */
export const hasFinished = ({ status }: V1Job): boolean =>
  (status?.conditions ?? []).some((one) => holds(one, 'Complete') || holds(one, 'Failed'));

/** What became of a Job whose lease ran out; `job` is undefined when the cluster has none of that name. */
export function causeOf(job: V1Job | undefined, pods: readonly V1Pod[]): JobCause {
  if (!job) return { code: 'JOB_GONE', message: 'its Job is not there: never made, or deleted' };
  const ended = job.status?.conditions?.find((one) => holds(one, 'Failed'));
  if (ended?.reason === 'DeadlineExceeded')
    return {
      code: 'JOB_DEADLINE_EXCEEDED',
      message: `its Job was ended by its deadline (${said(ended.reason, ended.message)})`,
    };
  // Of several the one that says something; Kubernetes may have started two.
  const causes = pods.map(causeOfPod);
  const found = causes.find((cause) => cause.code !== 'JOB_SILENT' && cause.code !== 'JOB_LEFT') ?? causes[0];
  if (found) return found;
  return ended
    ? {
        code: 'JOB_POD_LOST',
        message: `its pod is gone (${said(ended.reason, ended.message)}): deleted, or its node was lost`,
      }
    : { code: 'JOB_NOT_STARTED', message: 'its Job has no pod: a quota, or the cluster has not come to it' };
}

function causeOfPod({ metadata, spec, status }: V1Pod): JobCause {
  const [container] = status?.containerStatuses ?? [];
  const limit = spec?.containers[0]?.resources?.limits?.memory;
  const disrupted = status?.conditions?.find((one) => holds(one, 'DisruptionTarget'));
  if (container?.state?.terminated?.reason === 'OOMKilled')
    return {
      code: 'JOB_OOM_KILLED',
      message: `its container was killed for taking more memory than ${limit ?? 'it may'} (OOMKilled)`,
    };
  if (status?.reason === 'NodeLost' || disrupted?.reason === 'DeletionByTaintManager')
    return {
      code: 'JOB_NODE_LOST',
      message: `its node was lost (${said(disrupted?.reason ?? status?.reason, disrupted?.message ?? status?.message)})`,
    };
  if (disrupted || status?.reason === 'Evicted')
    return {
      code: 'JOB_EVICTED',
      message: `its pod was evicted (${said(disrupted?.reason ?? status?.reason, status?.message ?? disrupted?.message)})`,
    };
  if (status?.phase === 'Pending') return whyPending(status.conditions ?? [], container);
  if (status?.phase === 'Failed') return whyFailed(status.reason, status.message, container);
  if (status?.phase === 'Succeeded')
    return { code: 'JOB_LEFT', message: 'its pod ended without a word, as one whose work was taken' };
  if (metadata?.deletionTimestamp)
    return { code: 'JOB_NODE_LOST', message: 'its pod is to be deleted and does not go: its node is away' };
  return { code: 'JOB_SILENT', message: 'its pod runs, and did not renew its lease' };
}

function whyPending(conditions: V1PodCondition[], container: V1ContainerStatus | undefined): JobCause {
  const waiting = container?.state?.waiting;
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (waiting && PULL.test(waiting.reason ?? ''))
    return {
      code: 'JOB_IMAGE_PULL',
      message: `its image ${container.image} cannot be pulled (${said(waiting.reason, waiting.message)})`,
    };
  if (scheduled?.status === 'False')
    return {
      code: 'JOB_UNSCHEDULABLE',
      message: `no node takes its pod (${said(scheduled.reason, scheduled.message)})`,
    };
  return {
    code: 'JOB_NOT_STARTED',
    message: `its pod did not start in time (${said(waiting?.reason, waiting?.message)})`,
  };
}

function whyFailed(
  reason: string | undefined,
  message: string | undefined,
  container: V1ContainerStatus | undefined,
): JobCause {
  const ended = container?.state?.terminated;
  if (!ended) return { code: 'JOB_POD_FAILED', message: `its pod failed (${said(reason, message)})` };
  const how = ended.signal ? `signal ${ended.signal}` : `exit code ${ended.exitCode}`;
  return {
    code: 'JOB_POD_FAILED',
    message: `its container ended with ${how} (${said(ended.reason, ended.message ?? message)})`,
  };
}
