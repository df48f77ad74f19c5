import { loadConfig } from '../lib/config.ts';
import { probes } from '../lib/http/probes.ts';
import { type FunctionModule, router, takesPath } from '../lib/http/router.ts';
import { createService, type ServiceHandle } from '../lib/http/service.ts';
import type { Hosted } from './serving/gateway.ts';

/** Stdout belongs to the start's own lines. */
const STDERR = 2;

type Environment = Record<string, string | undefined>;
type Manifest = { name: string; env: Environment; secretEnv: Record<string, string>; origin: string };

/**
 * Hosts the functions of Knative Services in this process, each with the environment of its container: `secrets` are
 * the values of the Secrets that manifests name, `overrides` for what is different on one machine.
 */
export function functionHost(secrets: Environment, overrides: (manifest: Manifest) => Environment) {
  const running: ServiceHandle[] = [];
  const environments = new Map<string, Record<string, string>>();
  return {
    /** What a Service's container is given, Secrets included. */
    environmentOf: (name: string) => environments.get(name) ?? {},
    async host(manifest: Manifest): Promise<Hosted> {
      const own = Object.fromEntries(
        Object.entries(manifest.secretEnv).map(([name, secret]) => [name, secrets[secret]]),
      );
      const given: Environment = {
        ...manifest.env,
        ...own,
        ...overrides(manifest),
        K_SERVICE: manifest.name,
      };
      environments.set(manifest.name, onlySet(given));
      const config = loadConfig(given);
      const service = createService(config, { stream: STDERR });
      running.push(service);
      const modules = await Promise.all(config.targets.map(load));
      const routes = modules.flatMap((module) => module.routes);
      const handler = router([...routes, ...probes(service)], service);
      return {
        handler,
        paths: (pathname, method) =>
          takesPath(
            routes.filter((route) => route.method === method),
            pathname,
          ),
      };
    },
    /** Tells every function to finish or checkpoint, and waits for what is in flight. */
    async drain(patience: number): Promise<void> {
      await Promise.all(running.map((service) => service.drain(patience)));
    },
  };
}

const onlySet = (given: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

async function load(name: string): Promise<FunctionModule> {
  const loaded: { default: FunctionModule } = await import(`../functions/${name}.ts`);
  return loaded.default;
}
