/** Knative's own settings, as far as the manifests count on them. */
import * as z from 'zod';
import { kubectlJson } from '../cluster/kubectl.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const Config = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });
const Broker = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) }),
  status: z.looseObject({ address: z.looseObject({ url: z.string().default('') }).optional() }).optional(),
});

/** What a flag must not be, in which ConfigMap, and what that would do. */
const HARMFUL: readonly (readonly [namespace: string, map: string, key: string, RegExp, string])[] = [
  [
    'knative-serving',
    'config-features',
    'kubernetes.podspec-volumes-emptydir',
    /^disabled$/i,
    'pods have no /tmp',
  ],
  [
    'knative-serving',
    'config-defaults',
    'max-revision-timeout-seconds',
    /^([1-9]|[1-5]\d)$/,
    'Services ask for 60 s',
  ],
  ['knative-serving', 'config-autoscaler', 'enable-scale-to-zero', /^false$/i, 'every function keeps a pod'],
  ['knative-eventing', 'config-features', 'delivery-timeout', /^disabled$/i, 'deliveries never time out'],
  [
    'knative-eventing',
    'config-features',
    'authentication-oidc',
    /^enabled$/i,
    'Triggers name no audience, so events come without a token; nobody here asks for one',
  ],
  [
    'knative-eventing',
    'config-features',
    'transport-encryption',
    /^strict$/i,
    'the functions serve HTTP behind queue-proxy, and K_SINK begins with http://',
  ],
];

/** Features, and whether the Broker is the one that functions are told of. */
export async function checkSettings(namespace: string): Promise<Finding[]> {
  const maps = new Map<string, Record<string, string>>();
  const findings: Finding[] = [];
  for (const [of, name, key, bad, then] of HARMFUL) {
    const place = `${of}/${name}`;
    const data = maps.get(place) ?? (await dataOf(of, name)) ?? {};
    maps.set(place, data);
    const value = data[key];
    if (value !== undefined && bad.test(value))
      findings.push(
        warn(
          `ConfigMap ${name} of ${of}: ${key} is ${value}: ${then}`,
          `\`kubectl -n ${of} edit configmap ${name}\``,
        ),
      );
  }
  if (findings.length === 0) findings.push(ok('Features of Knative are as the manifests need them'));
  return [...findings, ...(await checkBroker(namespace))];
}

async function checkBroker(namespace: string): Promise<Finding[]> {
  const found = await kubectlJson([
    'get',
    'brokers.eventing.knative.dev',
    'default',
    '-n',
    namespace,
    '--ignore-not-found',
  ]);
  if (found === undefined) return [];
  const { metadata, status } = Broker.parse(found);
  const brokerClass = metadata.annotations['eventing.knative.dev/broker.class'] ?? 'of the default class';
  const url = status?.address?.url ?? '';
  const said = (await dataOf(namespace, 'kubescribe-settings'))?.K_SINK ?? '';
  const findings: Finding[] = [];
  if (url === '')
    findings.push(fail(`Broker default (${brokerClass}) has no address`, 'is that class installed?'));
  else if (url === said) findings.push(ok(`Broker default (${brokerClass}) is at K_SINK`));
  else
    findings.push(
      fail(
        `Broker default is at ${url}, but K_SINK says ${said || 'nothing'}`,
        'put its address into ConfigMap kubescribe-settings',
      ),
    );
  const isAsync = metadata.annotations['messaging.knative.dev/async-handler'] === 'true';
  if (/^(MTChannelBasedBroker|of the default class)$/.test(brokerClass) && !isAsync)
    findings.push(
      warn(
        'The Broker in memory answers only when all consequences are done',
        'annotate it as knative/base/200-broker.yaml does',
      ),
    );
  return findings;
}

async function dataOf(namespace: string, name: string): Promise<Record<string, string> | undefined> {
  const found = await kubectlJson(['get', 'configmap', name, '-n', namespace, '--ignore-not-found']);
  return found === undefined ? undefined : Config.parse(found).data;
}
