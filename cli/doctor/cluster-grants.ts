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
type Right = readonly [verb: string, resource: string];
/** What an account of ours needs; any other needs nothing. */
const NEEDED: Readonly<Record<string, readonly Right[]>> = {
  'kubescribe-run-pipeline': [['create', 'jobs']],
  'kubescribe-sweep': [
    ['get', 'jobs'],
    ['delete', 'jobs'],
    ['list', 'pods'],
  ],
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
    const needed = NEEDED[metadata.name] ?? [];
    const others = [...NEVER, ...Object.values(NEEDED).flat()].filter((one) => !needed.includes(one));
    const tooMuch = await allowed(others, namespace, as);
    const has = await allowed(needed, namespace, as);
    const lacks = needed.map((one) => one.join(' ')).filter((one) => !has.includes(one));
    const name = `ServiceAccount ${metadata.name}`;
    if (tooMuch.length > 0)
      findings.push(fail(`${name} may ${tooMuch.join(', ')}`, 'take away the binding that allows it'));
    if (lacks.length > 0)
      findings.push(
        fail(`${name} may not ${lacks.join(', ')}`, 'apply the Roles and RoleBindings of the overlay'),
      );
    if (tooMuch.length + lacks.length === 0)
      findings.push(ok(`${name} may ${has.length === 0 ? 'nothing' : has.join(', ')}`));
  }
  const mine = await allowed(DEPLOY, namespace, []);
  if (mine.length === DEPLOY.length) findings.push(ok('You may deploy'));
  else {
    const lacks = DEPLOY.map((one) => one.join(' ')).filter((one) => !mine.includes(one));
    findings.push(warn(`You may not ${lacks.join(', ')}`, 'deploy as somebody who may'));
  }
  return findings;
}

async function allowed(asked: readonly Right[], namespace: string, as: readonly string[]) {
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
    if (error instanceof KubectlError && /\bno$/.test(`${error.message} ${error.said}`.trim())) return false;
    throw error;
  }
}
