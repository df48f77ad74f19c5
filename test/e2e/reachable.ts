import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import type { Run } from './commands.ts';
import type { Settings } from './settings.ts';

const SECOND = 1000;
const NEEDED = [
  ['services.serving.knative.dev', 'Knative Serving'],
  ['triggers.eventing.knative.dev', 'Knative Eventing'],
] as const;

/** Why nothing can be seen here; undefined when there is a cluster with Knative. */
export async function whyNot(
  { kubeconfig }: Pick<Settings, 'kubeconfig'>,
  run: Run,
): Promise<string | undefined> {
  if (kubeconfig === '') return 'KUBECONFIG is not set: it names the cluster to deploy to';
  if (!kubeconfig.split(delimiter).some((file) => existsSync(file)))
    return `KUBECONFIG names ${kubeconfig}, which is not there`;
  const ready = await run('kubectl', ['get', '--raw', '/readyz'], { patience: 20 * SECOND });
  if (ready.code !== 0)
    return `no cluster answers at what KUBECONFIG names: ${lastLine(ready.stderr) || 'no answer'}`;
  for (const [crd, name] of NEEDED) {
    const { code } = await run('kubectl', ['get', 'crd', crd], { patience: 20 * SECOND });
    if (code !== 0) return `the cluster has no ${name}`;
  }
  return undefined;
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
