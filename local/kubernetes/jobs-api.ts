/**
 * The few calls of a Kubernetes API that the executor of Jobs makes, for one machine: Jobs with one pod each, that never
 * are tried again. What a pod is, is up to who starts them.
 */
import { randomUUID } from 'node:crypto';
import { listen } from '../../lib/http/host.ts';
import { JobResource, type NodePod, type PodStatus } from './job-resource.ts';

const SECOND = 1000;
const BATCH = '/apis/batch/v1/namespaces/';
const CORE = '/api/v1/namespaces/';

type Kept = { job: JobResource; pods: NodePod[]; deadline: NodeJS.Timeout; late: boolean; endedAt?: number };

export type JobsApiOptions = {
  /** The PodTemplate `job`, as the manifests have it. */
  template: unknown;
  /** Starts the pods of a Job: one, or more as Kubernetes may. */
  start(job: JobResource): NodePod[];
  /** What the API answers instead, when something is to go wrong. */
  instead?(request: Request): Response | undefined;
};

export type JobsApi = {
  url: string;
  /** The Jobs that there are now, by name. */
  names(): string[];
  /** Ends all pods and closes the door. */
  stop(): Promise<void>;
};

/** Answers on a free port of 127.0.0.1. */
export async function startJobsApi(options: JobsApiOptions): Promise<JobsApi> {
  const kept = new Map<string, Kept>();

  function create(body: unknown): Response {
    const parsed = JobResource.safeParse(body);
    if (!parsed.success) return status(422, 'Invalid', parsed.error.issues[0]?.message ?? 'invalid');
    const job = parsed.data;
    const { name } = job.metadata;
    if (find(name)) return status(409, 'AlreadyExists', `jobs.batch "${name}" already exists`);
    const made: Kept = { job, pods: [], late: false, deadline: setTimeout(() => {}, 0) };
    kept.set(name, made);
    made.pods = options.start(job);
    made.deadline = setTimeout(
      () => {
        made.late = true;
        for (const pod of made.pods) pod.stop();
      },
      Math.min(job.spec.activeDeadlineSeconds * SECOND, 2 ** 31 - 1),
    ).unref();
    return Response.json(shown(made), { status: 201 });
  }

  /** The Job of a name, unless its time after its end is over. */
  function find(name: string): Kept | undefined {
    const found = kept.get(name);
    if (!found) return undefined;
    if (conditionOf(found)) found.endedAt ??= performance.now();
    const isOver =
      found.endedAt !== undefined &&
      performance.now() - found.endedAt > found.job.spec.ttlSecondsAfterFinished * SECOND;
    if (isOver) kept.delete(name);
    return isOver ? undefined : found;
  }

  function remove(name: string): Response {
    const found = find(name);
    if (!found) return notFound(name);
    clearTimeout(found.deadline);
    for (const pod of found.pods) pod.stop();
    kept.delete(name);
    return status(200, 'Success', '');
  }

  function pods(selector: string): Response {
    const name = /^batch\.kubernetes\.io\/job-name=([a-z0-9-]+)$/.exec(selector)?.[1] ?? '';
    const found = find(name);
    const items = (found?.pods ?? []).map((pod, i) => ({
      metadata: { name: `${name}-${i}`, labels: found?.job.spec.template.metadata.labels },
      spec: found?.job.spec.template.spec,
      status: pod.status(),
    }));
    return Response.json({ apiVersion: 'v1', kind: 'PodList', items });
  }

  async function answer(request: Request): Promise<Response> {
    const instead = options.instead?.(request);
    if (instead) return instead;
    const { pathname, searchParams } = new URL(request.url);
    const [, kind = '', name] = pathname.replace(BATCH, '').replace(CORE, '').split('/');
    const at = `${request.method} ${pathname.startsWith(BATCH) ? 'batch' : 'core'} ${kind}${name ? ' one' : ''}`;
    switch (at) {
      case 'GET core podtemplates one':
        return Response.json(options.template);
      case 'GET core pods':
        return pods(searchParams.get('labelSelector') ?? '');
      case 'POST batch jobs':
        return create(await request.json());
      case 'GET batch jobs one': {
        const found = find(name ?? '');
        return found ? Response.json(shown(found)) : notFound(name ?? '');
      }
      case 'DELETE batch jobs one':
        return remove(name ?? '');
      default:
        return status(404, 'NotFound', `${request.method} ${pathname} is not answered here`);
    }
  }

  const listening = await listen(answer, { port: 0, host: '127.0.0.1' });
  return {
    url: `http://127.0.0.1:${listening.port}`,
    names: () => [...kept.keys()].filter(find),
    async stop() {
      const pods = [...kept.values()].flatMap((one) => one.pods);
      for (const name of kept.keys()) remove(name);
      await Promise.all(pods.map(({ ended }) => ended));
      listening.server.closeAllConnections();
      await listening.close();
    },
  };
}

/** How a Job has ended, in the words of the Job controller. */
function conditionOf({ pods, late }: Kept) {
  if (late) return condition('Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline');
  const phases: PodStatus['phase'][] = pods.map((pod) => pod.status().phase);
  if (phases.includes('Failed'))
    return condition('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  return phases.includes('Succeeded') ? condition('Complete', 'CompletionsReached', '') : undefined;
}

const condition = (type: string, reason: string, message: string) => ({
  type,
  status: 'True',
  reason,
  message,
});

function shown(made: Kept) {
  const ended = conditionOf(made);
  const { job } = made;
  return {
    ...job,
    metadata: { ...job.metadata, uid: randomUUID() },
    status: { conditions: ended ? [ended] : [] },
  };
}

const notFound = (name: string) => status(404, 'NotFound', `jobs.batch "${name}" not found`);

function status(code: number, reason: string, message: string): Response {
  const kind = code < 400 ? 'Success' : 'Failure';
  return Response.json(
    { apiVersion: 'v1', kind: 'Status', status: kind, code, reason, message },
    { status: code },
  );
}
