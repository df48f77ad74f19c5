import { onTestFinished, vi } from 'vitest';
import type { Wait } from '../../local/eventing/delivery.ts';
import { type Platform, startPlatform } from '../../local/platform.ts';
import { manifestsOf } from './manifests/builders.ts';

/** A request as a function saw it. */
export type Seen = { method: string; path: string; headers: Record<string, string>; body: string };

export type Script = Record<string, (seen: Seen) => Response | Promise<Response>>;

export type Scripted = {
  platform: Platform;
  /** What each Service has seen so far. */
  seen(service: string): Seen[];
  /** The pauses that were asked for between attempts. */
  waits: number[];
  logged: { level: string; message: string; facts: object }[];
  /** POSTs a binary event of the given attributes to the Broker. */
  publish(attributes?: Record<string, string>, init?: RequestInit): Promise<Response>;
};

/** Runs resources with Services that answer by a script (204 without one); pauses take no time. */
export async function scripted(
  resources: unknown[],
  script: Script = {},
  options: { wait?: Wait | undefined; ticks?: boolean; patience?: number } = {},
): Promise<Scripted> {
  const requests = new Map<string, Seen[]>();
  const waits: number[] = [];
  const logged: Scripted['logged'] = [];
  const write = (level: string) => (facts: object, message: string) => {
    logged.push({ level, message, facts });
  };
  const platform = await startPlatform({
    manifests: manifestsOf(...resources),
    port: 0,
    ticks: false,
    patience: 500,
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    wait: async (ms) => waits.push(ms) > 0,
    ...options,
    host: ({ name }) => ({
      paths: (pathname, method) => pathname === `/${name}` && method === 'GET',
      handler: async (request) => {
        const seen = {
          method: request.method,
          path: new URL(request.url).pathname,
          headers: Object.fromEntries(request.headers),
          body: await request.text(),
        };
        requests.set(name, [...(requests.get(name) ?? []), seen]);
        return script[name]?.(seen) ?? new Response(null, { status: 204 });
      },
    }),
  });
  onTestFinished(() => platform.stop());
  return {
    platform,
    waits,
    logged,
    seen: (name) => requests.get(name) ?? [],
    publish: (attributes = {}, init = {}) =>
      fetch(platform.brokerUrl('test', 'main'), {
        method: 'POST',
        body: '{"n":1}',
        ...init,
        headers: { ...binary(attributes), ...Object.fromEntries(new Headers(init.headers)) },
      }),
  };
}

/** The headers of a binary event. */
export function binary(attributes: Record<string, string> = {}): Record<string, string> {
  const all = { specversion: '1.0', id: 'e-1', source: '/test', type: 'test.happened', ...attributes };
  const headers = Object.entries(all).map(([name, value]) => [`ce-${name}`, value]);
  return { 'content-type': 'application/json', ...Object.fromEntries(headers) };
}

/** Waits until an assertion holds. */
export const until = (assertion: () => void) => vi.waitFor(assertion, { timeout: 15_000, interval: 5 });
