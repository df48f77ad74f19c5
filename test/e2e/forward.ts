import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import type { Kubectl } from './kubectl.ts';

const HTTP = 80;
const Service = z.looseObject({
  spec: z.looseObject({ clusterIP: z.string(), ports: z.array(z.looseObject({ port: z.int() })) }),
});

/** Ways from this program to Services of the cluster; `close` ends them. */
export type Ways = {
  /** Where a Service is reached from where kubectl runs. */
  to(namespace: string, service: string): Promise<string>;
  close(): void;
};

/** Within the cluster's network Services have their own addresses, from elsewhere kubectl forwards to them. */
export function openWays(kubectl: Kubectl, prefix: readonly string[]): Ways {
  const ends: (() => void)[] = [];
  return {
    async to(namespace, service) {
      const { spec } = await kubectl.get('service', service, Service, namespace);
      const port = spec.ports.find((one) => one.port === HTTP)?.port ?? spec.ports[0]?.port ?? HTTP;
      if (prefix.length > 0) return `http://${spec.clusterIP}:${port}`;
      const child = spawn(
        'kubectl',
        ['--namespace', namespace, 'port-forward', `service/${service}`, `:${port}`],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      ends.push(() => child.kill());
      for await (const line of createInterface(child.stdout)) {
        const [, taken] = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
        if (taken) return `http://127.0.0.1:${taken}`;
      }
      throw new Error(`kubectl port-forward to ${namespace}/${service} ended`);
    },
    close() {
      for (const end of ends) end();
    },
  };
}
