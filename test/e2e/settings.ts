import * as z from 'zod';

const DNS_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

const OPTIONS = ['--keep', '--again', '--gentle'];

const Environment = z.object({
  KUBECONFIG: z.string().default(''),
  IN_KUBE: z.string().default(''),
  E2E_IMAGE: z.string().default(''),
  E2E_NAMESPACE: z
    .string()
    .regex(DNS_LABEL, 'is no name of a namespace')
    .refine((name) => !/^(default|kubescribe|kube-.*|knative-.*)$/.test(name), 'is not for tests')
    .default('kubescribe-e2e'),
  E2E_GATEWAY: z.string().default(''),
});

export type Settings = {
  kubeconfig: string;
  /** Begins every kubectl and curl; empty: none. */
  prefix: readonly string[];
  /** An image that the cluster has or can pull; empty: one is built. */
  image: string;
  namespace: string;
  /** Where Services and the Broker are reached; empty: found out. */
  gateway: string;
  /** The steps to do, by the beginning of their names; none: all. */
  only: readonly string[];
  /** Leave what was made. */
  keep: boolean;
  /** Use what an earlier start kept. */
  again: boolean;
  /** Leave alone what other namespaces of the cluster share. */
  gentle: boolean;
};

/** What was asked for cannot be; the message says what can. */
export class SettingsError extends Error {}

/** Reads the words of the command line and the environment. */
export function settingsOf(words: readonly string[], env: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const { data, error } = Environment.safeParse(given);
  if (!data) {
    const faults = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new SettingsError(faults.join('; '));
  }
  const options = words.filter((word) => word.startsWith('-'));
  const unknown = options.find((word) => !OPTIONS.includes(word));
  if (unknown)
    throw new SettingsError(`${unknown} is no option: there are ${OPTIONS.join(', ')}, and names of steps.`);
  return {
    kubeconfig: data.KUBECONFIG,
    prefix: data.IN_KUBE.split(/\s+/).filter((word) => word !== ''),
    image: data.E2E_IMAGE,
    namespace: data.E2E_NAMESPACE,
    gateway: data.E2E_GATEWAY,
    only: words.filter((word) => !word.startsWith('-')),
    keep: options.includes('--keep'),
    again: options.includes('--again'),
    gentle: options.includes('--gentle'),
  };
}
