/** What a cluster is, what of ours is in it, and whether the two fit: asked of kubectl's context, changing nothing. */
import * as z from 'zod';
import { type Served, served } from '../cluster/ground.ts';
import { KubectlError, kubectl, kubectlJson } from '../cluster/kubectl.ts';
import { checkDeployed } from './cluster-deployed.ts';
import { checkGrants } from './cluster-grants.ts';
import { checkFromPod } from './cluster-pod.ts';
import { checkSettings } from './cluster-settings.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Kubernetes below it is refused by Knative 1.22 and 1.23. */
const OLDEST_KUBERNETES = 34;
/** Knative 1.x that the manifests were written for; the last was run on. */
const KNATIVE = [22, 23] as const;
/** A node renews its lease each 10 s, and is given up after 40 s. */
const LATEST_LEASE = 60_000;
const DRIFT = 2000;

/** Kinds that the manifests use, with their version. */
const NEEDED: readonly (readonly [string, string])[] = [
  ['services.serving.knative.dev', 'v1'],
  ['brokers.eventing.knative.dev', 'v1'],
  ['triggers.eventing.knative.dev', 'v1'],
  ['pingsources.sources.knative.dev', 'v1'],
  ['eventtypes.eventing.knative.dev', 'v1beta3'],
];
const OPTIONAL: readonly (readonly [string, string, string])[] = [
  ['jobsinks.sinks.knative.dev', 'v1alpha1', 'knative/overlays/jobs'],
  ['servicemonitors.monitoring.coreos.com', 'v1', 'knative/components/monitoring'],
];

/** Findings in the order in which they matter; ends early where nothing more can be known. */
export async function* examineCluster(namespace: string): AsyncGenerator<Finding> {
  let known: Served;
  try {
    const context = (await kubectl(['config', 'current-context'])).trim();
    yield ok(`kubectl speaks to context ${context}`);
    yield await checkKubernetes();
    known = await served();
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    yield fail(error.message, 'set KUBECONFIG, or choose a context: `kubectl config use-context`');
    return;
  }
  yield* checkKinds(known);
  yield* attempt('versions of Knative', checkKnative);
  yield* attempt('clocks of the nodes', checkClocks);
  yield* attempt('settings of Knative', () => checkSettings(namespace));
  yield* attempt('what is deployed', () => checkDeployed(namespace));
  yield* attempt('grants', () => checkGrants(namespace));
  yield* attempt('what a pod reaches', () => checkFromPod(namespace));
}

/** Who may not look is told so; the rest is looked at all the same. */
async function* attempt(what: string, look: () => Promise<Finding[]>): AsyncGenerator<Finding> {
  try {
    yield* await look();
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    yield warn(`Cannot see ${what}: ${error.message}`, 'look as somebody who may read it');
  }
}

const Version = z.looseObject({
  serverVersion: z.looseObject({ major: z.string(), minor: z.string(), gitVersion: z.string() }),
});

async function checkKubernetes(): Promise<Finding> {
  const { serverVersion } = Version.parse(await kubectlJson(['version']));
  const { major, minor, gitVersion } = serverVersion;
  if (Number(major) === 1 && Number.parseInt(minor, 10) < OLDEST_KUBERNETES)
    return fail(
      `Kubernetes ${gitVersion}: Knative ${KNATIVE.map((n) => `1.${n}`).join(' and ')} want 1.${OLDEST_KUBERNETES}`,
      'upgrade the cluster',
    );
  return ok(`Kubernetes ${gitVersion}`);
}

function* checkKinds(known: Served): Generator<Finding> {
  const missing = NEEDED.filter(([name, version]) => !known.get(name)?.includes(version));
  if (missing.length === 0) yield ok(`All ${NEEDED.length} kinds of Knative are there`);
  for (const [name, version] of missing)
    yield fail(`${name} is not served in ${version}`, 'install Knative Serving and Eventing 1.22 or 1.23');
  const spare = OPTIONAL.filter(([name, version]) => known.get(name)?.includes(version));
  for (const [name, , of] of spare) yield ok(`${name} is there, for ${of}`);
}

const Labelled = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

async function checkKnative(): Promise<Finding[]> {
  return Promise.all(
    ['Serving', 'Eventing'].map(async (part) => {
      const namespace = `knative-${part.toLowerCase()}`;
      const { metadata } = Labelled.parse(await kubectlJson(['get', 'namespace', namespace]));
      const version = metadata.labels['app.kubernetes.io/version'] ?? 'of an unknown version';
      const [, minor] = /^v?1\.(\d+)/.exec(version) ?? [];
      if (minor !== undefined && KNATIVE.some((one) => one === Number(minor)))
        return ok(`Knative ${part} ${version}`);
      return warn(
        `Knative ${part} ${version}: these manifests are for ${KNATIVE.map((n) => `1.${n}`).join(' and ')}`,
        'try it on a cluster that may break first',
      );
    }),
  );
}

const Leases = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string() }),
      spec: z.looseObject({ renewTime: z.iso.datetime({ offset: true }) }),
    }),
  ),
});

/** By the leases that nodes renew; RunLog's own clock is compared with a pod's. */
async function checkClocks(): Promise<Finding[]> {
  const { items } = Leases.parse(await kubectlJson(['get', 'leases', '-n', 'kube-node-lease']));
  const now = Date.now();
  const wrong = items.flatMap(({ metadata, spec }) => {
    const behind = now - Date.parse(spec.renewTime);
    if (behind < -DRIFT) return [`${metadata.name} is ${Math.round(-behind / 1000)} s ahead`];
    return behind > LATEST_LEASE
      ? [`${metadata.name} was last heard of ${Math.round(behind / 1000)} s ago`]
      : [];
  });
  if (wrong.length === 0) return [ok(`Clocks: ${items.length} nodes agree with this machine`)];
  return [warn(`Clocks: ${wrong.join(', ')}`, 'set all clocks by NTP; see whether these nodes are Ready')];
}
