/** Brings resources into a cluster by server-side apply, in an order in which each finds what it needs. */
import { setTimeout as pause } from 'node:timers/promises';
import { KubectlError, kubectl, kubectlJson } from './kubectl.ts';
import { isAtWork } from './pods.ts';
import { kindOf, Resource } from './resource.ts';
import { stateOf } from './state.ts';

const SECOND = 1000;
/** Twenty Services at once may keep Knative's webhooks from answering for a while. */
const TRIES = 30;
const PASSING = /failed calling webhook|etcdserver: request timed out/;

/** Applies the namespace alone, so that Secrets can be made in it. */
export async function applyNamespace(resources: readonly Resource[]): Promise<void> {
  await apply(resources.filter((resource) => kindOf(resource) === '/Namespace'));
}

/** Applies all; `conflicts` takes fields over that somebody else has set. */
export async function applyAll(resources: readonly Resource[], conflicts: boolean): Promise<void> {
  await apply(resources, conflicts ? ['--force-conflicts'] : []);
}

/** Applies resources that are made here, such as Secrets. */
export async function apply(items: readonly unknown[], options: readonly string[] = []): Promise<void> {
  if (items.length === 0) return;
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  for (let tries = 1; ; tries++) {
    try {
      await kubectl(['apply', '--server-side', ...options, '-f', '-'], list);
      return;
    } catch (error) {
      if (tries === TRIES || !(error instanceof KubectlError && PASSING.test(error.message))) throw error;
      await pause(2 * SECOND);
    }
  }
}

/**
 * Takes the Jobs of an earlier release away, for a Job cannot be changed; one that is being deleted is waited for. A
 * migration that is at work is let be until it ends or `until` has come.
 */
export async function clearJobs(
  resources: readonly Resource[],
  { until, say }: { until: number; say(line: string): void },
): Promise<void> {
  for (const job of resources.filter((resource) => kindOf(resource) === 'batch/Job')) {
    const { name, namespace = 'default' } = job.metadata;
    const read = async () => {
      const found = await kubectlJson(['get', 'job', name, '-n', namespace, '--ignore-not-found']);
      return found === undefined ? undefined : Resource.parse(found);
    };
    let told = false;
    for (let one = await read(); one && stateOf(one).state === 'waiting'; one = await read()) {
      if (Date.now() > until || !(await isAtWork(namespace, name))) break;
      if (!told) say(`Job ${name} of an earlier deploy is at work: waiting for it`);
      told = true;
      await pause(2 * SECOND);
    }
    await kubectl([
      'delete',
      'job',
      name,
      '-n',
      namespace,
      '--ignore-not-found',
      '--cascade=foreground',
      '--wait',
    ]);
  }
}
