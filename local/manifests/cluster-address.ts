/** A Service or Broker of the cluster, and a path below it. */
export type ClusterAddress = { kind: 'Service' | 'Broker'; namespace: string; name: string; path: string };

/** The doors of the Broker in memory and of the one on Kafka. */
const BROKER_INGRESS = /^(kafka-)?broker-ingress\.knative-eventing\.svc\.cluster\.local$/;
const SERVICE_HOST = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/;

/** Recognizes addresses that only a cluster knows; undefined for every other text. */
export function clusterAddress(text: string): ClusterAddress | undefined {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, pathname } = new URL(text);
  if (BROKER_INGRESS.test(hostname)) {
    const [namespace = '', name = ''] = pathname.split('/').slice(1);
    return { kind: 'Broker', namespace, name, path: '/' };
  }
  const [, name, namespace] = SERVICE_HOST.exec(hostname) ?? [];
  if (name === undefined || namespace === undefined) return undefined;
  return { kind: 'Service', namespace, name, path: pathname };
}
