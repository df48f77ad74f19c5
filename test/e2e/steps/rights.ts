import * as z from 'zod';
import type { Kubectl } from '../kubectl.ts';
import type { Step } from '../tally.ts';

/** What nobody of ours may. */
const FORBIDDEN = [
  ['create', 'pods'],
  ['create', 'pods/exec'],
  ['delete', 'pods'],
  ['get', 'secrets'],
  ['list', 'secrets'],
  ['list', 'configmaps'],
  ['update', 'jobs.batch'],
  ['create', 'cronjobs.batch'],
  ['patch', 'services.serving.knative.dev'],
  ['create', 'rolebindings.rbac.authorization.k8s.io'],
  ['impersonate', 'serviceaccounts'],
] as const;
/** What the executor of Jobs lives by. */
const JOBS = [
  ['create', 'jobs.batch'],
  ['get', 'jobs.batch'],
  ['delete', 'jobs.batch'],
  ['list', 'pods'],
] as const;

const Bindings = z.object({
  items: z.array(z.looseObject({ subjects: z.array(z.looseObject({ name: z.string() })).default([]) })),
});

export default {
  name: 'rights',
  title: 'Rights, by kubectl auth can-i',
  async run({ kubectl }, check) {
    await check('the functions may do nothing at the API server', async () => {
      const asked = [...FORBIDDEN, ...JOBS];
      const granted = await grantedTo(kubectl, 'kubescribe', asked);
      if (granted.length > 0) throw new Error(`the account kubescribe may ${granted.join(', ')}`);
      return `${asked.length} asked, none granted`;
    });
    const { items } = Bindings.parse(JSON.parse(await kubectl(['get', 'rolebindings', '--output', 'json'])));
    const bound = [...new Set(items.flatMap(({ subjects }) => subjects.map(({ name }) => name)))];
    await check('whoever has a right has those of the Job executor alone', async () => {
      const told: string[] = [];
      for (const account of bound) {
        const wrong = await grantedTo(kubectl, account, FORBIDDEN);
        if (wrong.length > 0) throw new Error(`the account ${account} may ${wrong.join(', ')}`);
        told.push(`${account} may ${(await grantedTo(kubectl, account, JOBS)).join(', ')}`);
      }
      const missing = JOBS.filter((right) => !told.join().includes(right.join(' ')));
      if (bound.length > 0 && missing.length > 0) throw new Error(`nobody may ${missing.join(' or ')}`);
      return told.join('; ') || 'nobody has any';
    });
  },
} satisfies Step;

async function grantedTo(kubectl: Kubectl, account: string, rights: readonly (readonly [string, string])[]) {
  const granted: string[] = [];
  for (const [verb, what] of rights)
    if (await kubectl.can(account, verb, what)) granted.push(`${verb} ${what}`);
  return granted;
}
