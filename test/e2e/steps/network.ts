import { Skip, type Step } from '../tally.ts';

/** What the pod of this program, which has the rights of the migration, has no business with. */
const FOREIGN = [
  ['broker-ingress.knative-eventing.svc.cluster.local', 80],
  ['kubernetes.default.svc.cluster.local', 443],
] as const;

export default {
  name: 'network',
  title: 'NetworkPolicies',
  async run({ kubectl, inside }, check) {
    await check('what must pass, passes: a name, and PostgreSQL', async () => {
      const how = await inside.connects(`postgres.${kubectl.namespace}.svc.cluster.local`, 5432);
      if (how !== 'open') throw new Error(`the connection to PostgreSQL was ${how}`);
    });
    await check('the network enforces policies: nothing else leaves a pod', async () => {
      const ends: string[] = [];
      for (const [host, port] of FOREIGN) ends.push(`${host}:${port} ${await inside.connects(host, port)}`);
      if (ends.every((end) => end.endsWith(' open')))
        throw new Skip(
          `this cluster accepts NetworkPolicy objects and does not enforce them: ${ends.join(', ')}`,
        );
      if (ends.some((end) => end.endsWith(' open'))) throw new Error(ends.join(', '));
      return ends.join(', ');
    });
    await check('nobody in the namespace reaches the mail catcher by SMTP but notify', async () => {
      const how = await inside.connects(`mail.${kubectl.namespace}.svc.cluster.local`, 2525);
      if (how === 'open') throw new Error('a pod that is not notify reached it');
      return how;
    });
  },
} satisfies Step;
