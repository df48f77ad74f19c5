/** The Kubernetes API as the executor of Jobs asks it. Large: loaded only when a Job is needed. */
import {
  ApiException,
  BatchV1Api,
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  ServerConfiguration,
  type V1Job,
} from '@kubernetes/client-node';
import type { Jobs } from './open.ts';

const SECOND = 1000;
const LIMIT = 5 * SECOND;
const NOT_FOUND = 404;
const CONFLICT = 409;
/** The PodTemplate of the base. */
const TEMPLATE = 'job';
const BACKGROUND = 'Background';

/** Opens the API server of the cluster that we run in, or one at a URL that asks for no credentials. */
export function openClient(where: string, namespace: string): Jobs {
  const configuration = createConfiguration({
    ...(where === 'cluster' ? ownCluster() : { baseServer: new ServerConfiguration(where, {}) }),
    promiseMiddleware: [
      {
        async pre(context) {
          context.setSignal(AbortSignal.timeout(LIMIT));
          return context;
        },
        post: async (context) => context,
      },
    ],
  });
  const batch = new BatchV1Api(configuration);
  const core = new CoreV1Api(configuration);
  return {
    template: () => core.readNamespacedPodTemplate({ namespace, name: TEMPLATE }),
    async create(body: V1Job) {
      await batch
        .createNamespacedJob({ namespace, body })
        .catch((error: unknown) => (statusOf(error) === CONFLICT ? undefined : Promise.reject(error)));
    },
    find: (name) => batch.readNamespacedJob({ namespace, name }).catch(unlessGone),
    async podsOf(name) {
      const labelSelector = `batch.kubernetes.io/job-name=${name}`;
      return (await core.listNamespacedPod({ namespace, labelSelector })).items;
    },
    async remove(name) {
      const propagationPolicy = BACKGROUND;
      await batch.deleteNamespacedJob({ namespace, name, propagationPolicy }).catch(unlessGone);
    },
    refusal(error) {
      const status = statusOf(error);
      return status === undefined ? undefined : { status, message: messageOf(error) };
    },
  };
}

/** The cluster that we run in, by the token of our ServiceAccount. */
function ownCluster() {
  const cluster = new KubeConfig();
  cluster.loadFromCluster();
  const { server = '' } = cluster.getCurrentCluster() ?? {};
  return { baseServer: new ServerConfiguration(server, {}), authMethods: { default: cluster } };
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof ApiException ? error.code : undefined;

async function unlessGone(error: unknown): Promise<undefined> {
  if (statusOf(error) !== NOT_FOUND) throw error;
}

/** The words of the API's own Status, which the client leaves as text. */
function messageOf(error: unknown): string {
  const body: unknown = error instanceof ApiException ? error.body : undefined;
  try {
    const status: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    if (status && typeof status === 'object' && 'message' in status) return String(status.message);
  } catch {
    // Whatever stands between us and the API may answer in words of its own.
  }
  return 'without a word';
}
