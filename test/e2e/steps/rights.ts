import type { Step } from '../tally.ts';

const FORBIDDEN = [
  ['create', 'pods'],
  ['create', 'jobs.batch'],
  ['delete', 'jobs.batch'],
  ['get', 'secrets'],
  ['list', 'secrets'],
  ['get', 'configmaps'],
  ['create', 'pods/exec'],
  ['patch', 'services.serving.knative.dev'],
  ['create', 'rolebindings.rbac.authorization.k8s.io'],
  ['impersonate', 'serviceaccounts'],
] as const;

export default {
  name: 'rights',
  title: 'Rights, by kubectl auth can-i',
  async run({ kubectl }, check) {
    await check('the functions may do nothing at the API server', async () => {
      const granted: string[] = [];
      for (const [verb, what] of FORBIDDEN)
        if (await kubectl.can('kubescribe', verb, what)) granted.push(`${verb} ${what}`);
      if (granted.length > 0) throw new Error(`the account kubescribe may ${granted.join(', ')}`);
      return `${FORBIDDEN.length} asked, none granted`;
    });
  },
} satisfies Step;
