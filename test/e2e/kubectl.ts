import * as z from 'zod';
import { type Run, succeeding } from './commands.ts';

const SECOND = 1000;

const Named = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    creationTimestamp: z.string().optional(),
    deletionTimestamp: z.string().optional(),
  }),
});
const Listed = z.object({ items: z.array(Named) });
type Resource = z.infer<typeof Named>;

/** The cluster as this program sees it: everything goes through kubectl. */
export type Kubectl = {
  namespace: string;
  /** In the namespace; throws when kubectl fails. */
  (args: readonly string[], options?: { input?: string; patience?: number }): Promise<string>;
  /** Resources of a kind, maybe of a label. */
  list(kind: string, selector?: string): Promise<Resource[]>;
  /** One resource, as the schema says that it looks. */
  get<T>(kind: string, name: string, schema: z.ZodType<T>, namespace?: string): Promise<T>;
  /** Whether the answer of `auth can-i` is yes. */
  can(account: string, verb: string, what: string): Promise<boolean>;
};

/** kubectl in a namespace. */
export function kubectlIn(namespace: string, run: Run): Kubectl {
  const ask: Kubectl = Object.assign(
    (args: readonly string[], options?: { input?: string; patience?: number }) =>
      succeeding(run, 'kubectl', ['--namespace', namespace, ...args], options),
    {
      namespace,
      async list(kind: string, selector = '') {
        const text = await ask(['get', kind, '--selector', selector, '--output', 'json']);
        return Listed.parse(JSON.parse(text)).items;
      },
      async get<T>(kind: string, name: string, schema: z.ZodType<T>, elsewhere = namespace) {
        const args = ['--namespace', elsewhere, 'get', kind, name, '--output', 'json'];
        return schema.parse(JSON.parse(await succeeding(run, 'kubectl', args)));
      },
      async can(account: string, verb: string, what: string) {
        const as = `system:serviceaccount:${namespace}:${account}`;
        const args = ['--namespace', namespace, 'auth', 'can-i', verb, what, `--as=${as}`];
        const { stdout, stderr } = await run('kubectl', args, { patience: 30 * SECOND });
        const answer = stdout.trim().split('\n').at(-1) ?? '';
        // It says no by its exit code too; anything else is no answer.
        if (!/^(yes|no)\b/.test(answer))
          throw new Error(`kubectl auth can-i: ${stderr.trim() || 'no answer'}`);
        return answer.startsWith('yes');
      },
    },
  );
  return ask;
}
