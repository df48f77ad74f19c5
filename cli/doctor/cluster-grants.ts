/** Who may ask the API server for what: functions for nothing, the executor of Jobs for Jobs, who asks for enough to deploy. */
import * as z from 'zod';
import { KubectlError, kubectl, kubectlJson } from '../cluster/kubectl.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const Accounts = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
      automountServiceAccountToken: z.boolean().optional(),
    }),
  ),
});
/** What nobody of ours may; a function that is broken into must not go on from there. */
const NEVER = [
  ['get', 'secrets'],
  ['create', 'pods'],
  ['create', 'pods/exec'],
  ['patch', 'services.serving.knative.dev'],
  ['create', 'rolebindings'],
] as const;
const JOBS = [
  ['create', 'jobs'],
  ['get', 'jobs'],
  ['delete', 'jobs'],
] as const;
/** Who makes Jobs, and who sees to them. */
const EXECUTORS: Readonly<Record<string, readonly string[]>> = {
  'kubescribe-run-pipeline': ['create jobs'],
  'kubescribe-sweep': ['get jobs', 'delete jobs'],
};
const DEPLOY = [
  ['patch', 'services.serving.knative.dev'],
  ['patch', 'triggers.eventing.knative.dev'],
  ['patch', 'networkpolicies'],
  ['delete', 'jobs'],
] as const;

/** Findings about ServiceAccounts of ours and about whoever asks. */
export async function checkGrants(namespace: string): Promise<Finding[]> {
  const { items } = Accounts.parse(
    await kubectlJson([
      'get',
      'serviceaccounts',
      '-n',
      namespace,
      '-l',
      'app.kubernetes.io/part-of=kubescribe',
    ]),
  );
  const findings: Finding[] = [];
  for (const { metadata } of items) {
    const as = ['--as', `system:serviceaccount:${namespace}:${metadata.name}`];
    const tooMuch = await allowed(NEVER, namespace, as);
    const jobs = await allowed(JOBS, namespace, as);
    const may = jobs.length === 0 ? 'nothing' : jobs.join(', ');
    if (tooMuch.length > 0)
      findings.push(
        fail(
          `ServiceAccount ${metadata.name} may ${tooMuch.join(', ')}`,
          'take away the binding that allows it',
        ),
      );
    else if (jobs.join() !== (EXECUTORS[metadata.name] ?? []).join())
      findings.push(
        warn(`ServiceAccount ${metadata.name} may ${may}`, 'apply the Roles of the overlay again'),
      );
    else findings.push(ok(`ServiceAccount ${metadata.name} may ${may}`));
  }
  const mine = await allowed(DEPLOY, namespace, []);
  if (mine.length === DEPLOY.length) findings.push(ok('You may deploy'));
  else {
    const lacks = DEPLOY.map((one) => one.join(' ')).filter((one) => !mine.includes(one));
    findings.push(warn(`You may not ${lacks.join(', ')}`, 'deploy as somebody who may'));
  }
  return findings;
}

async function allowed(
  asked: readonly (readonly [string, string])[],
  namespace: string,
  as: readonly string[],
) {
  const answers = await Promise.all(
    asked.map(async (one) => ((await may([...one, '-n', namespace, ...as])) ? one.join(' ') : undefined)),
  );
  return answers.flatMap((one) => one ?? []);
}

/** kubectl says no, and ends badly for it. */
async function may(args: readonly string[]): Promise<boolean> {
  try {
    return (await kubectl(['auth', 'can-i', ...args])).trim() === 'yes';
  } catch (error) {
    if (error instanceof KubectlError && /\sno$/.test(error.message)) return false;
    throw error;
  }
}
