/** What of ours is in the cluster: its Secrets, and who is Ready. */
import { kubectlJson } from '../cluster/kubectl.ts';
import { ResourceList, WAITED } from '../cluster/resource.ts';
import { missingSecrets, neededSecrets, secretKeys } from '../cluster/secrets.ts';
import { stateOf } from '../cluster/state.ts';
import { explained } from '../cluster/wait.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** A kind that may not be known to this cluster is not asked for. */
const OPTIONAL = 'jobsinks.sinks.knative.dev';

/** Findings about the namespace; one when there is nothing yet. */
export async function checkDeployed(namespace: string): Promise<Finding[]> {
  const kinds = Object.values(WAITED).filter((kind) => kind !== OPTIONAL);
  const { items } = ResourceList.parse(
    await kubectlJson([
      'get',
      kinds.join(','),
      '-n',
      namespace,
      '-l',
      'app.kubernetes.io/part-of=kubescribe',
    ]),
  );
  // The Deployments of revisions are Knative's.
  const ours = items.filter(({ metadata }) => !metadata.labels?.['serving.knative.dev/revision']);
  if (ours.length === 0)
    return [
      warn(`Nothing of KubeScribe is in namespace ${namespace}`, '`make deploy OVERLAY=kind`, or production'),
    ];
  return [...(await checkSecrets(namespace, ours)), ...(await checkReady(namespace, ours))];
}

type Ours = ReturnType<typeof ResourceList.parse>['items'];

async function checkSecrets(namespace: string, ours: Ours): Promise<Finding[]> {
  const needed = neededSecrets(ours.map(({ spec }) => spec));
  const missing = missingSecrets(needed, await secretKeys(namespace));
  if (missing.length === 0) return [ok(`All ${needed.size} Secrets are there, with their keys`)];
  const mend =
    '`npx kubescribe roles --secrets | kubectl apply -f -`; docs/deploy.md tells of kubescribe-smtp';
  return missing.map((one) => fail(`Secret ${one} is missing`, mend));
}

async function checkReady(namespace: string, ours: Ours): Promise<Finding[]> {
  const states = await explained(ours.map(stateOf), namespace);
  const open = states.filter(({ state }) => state !== 'ready');
  return [
    ok(`${states.length - open.length} of ${states.length} resources are Ready`),
    ...open.map(({ kind, name, why, mend }) =>
      fail(
        `${kind} ${name} is not Ready: ${why}`,
        mend ?? `\`kubectl -n ${namespace} describe ${kind} ${name}\``,
      ),
    ),
  ];
}
