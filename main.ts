/** The program of the image: hosts the functions that FUNCTION_TARGET names, until it is asked to stop. */

import { crashAt } from './lib/boundary.ts';
import { ConfigError, loadConfig } from './lib/config.ts';
import { listen } from './lib/http/host.ts';
import { probes } from './lib/http/probes.ts';
import { type FunctionModule, router } from './lib/http/router.ts';
import { createService, type ServiceHandle } from './lib/http/service.ts';
import { announceStart } from './lib/logs/announce.ts';
import { tellInvalid } from './lib/logs/tell-invalid.ts';
import { checkNumbers } from './lib/work/numbers.ts';
import packageJson from './package.json' with { type: 'json' };

const SECOND = 1000;
/** Below the 60 s that Knative grants a pod of ours. */
const PATIENCE = 25 * SECOND;

async function main(): Promise<void> {
  checkNumbers();
  const config = loadConfig();
  if (config.targets.length === 0)
    throw new ConfigError('FUNCTION_TARGET is not set: name a function, or several with commas.');
  if (config.crash) crashAt(config.crash);
  if (!config.runlogUrl) throw new ConfigError('RUNLOG_DB_URL is not set: say where RunLog is.');
  const service = createService(config);
  const functions = await Promise.all(config.targets.map(load));
  if (config.job) return workInPod(functions, service);
  checkDoors(config.targets, functions);
  const routes = [...functions.flatMap((module) => module.routes), ...probes(service)];
  const listening = await listen(router(routes, service), { port: config.port }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new ConfigError(`PORT: ${config.port} is taken by another program; choose another.`);
  });
  service.plain.info({ port: listening.port, functions: config.targets }, 'listening');
  const announced = announceStart(service, { port: listening.port, version: packageJson.version });
  service.inFlight(announced);

  const stop = async () => {
    service.plain.info('stopping: what is in flight is finished first');
    service.inFlight(announced.then((announceStop) => announceStop()));
    const drained = service.drain(PATIENCE);
    setTimeout(() => listening.server.closeAllConnections(), PATIENCE).unref();
    await listening.close();
    await drained;
    process.exit(0);
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

/** A Job's pod has no door: it does its work, or as much of it as there is time for when it is asked to stop. */
async function workInPod(functions: readonly FunctionModule[], service: ServiceHandle): Promise<void> {
  const work = functions.find(({ job }) => job)?.job;
  if (!work) throw new ConfigError('KUBESCRIBE_JOB: none of these functions works in a Job.');
  const working = work(service);
  service.inFlight(working);
  let drained: Promise<void> | undefined;
  const drain = () => {
    drained ??= service.drain(PATIENCE);
    return drained;
  };
  process.once('SIGTERM', drain).once('SIGINT', drain);
  await working;
  await drain();
  process.exit(0);
}

async function load(name: string): Promise<FunctionModule> {
  if (!/^[a-z][a-z-]*$/.test(name))
    throw new ConfigError(`FUNCTION_TARGET: "${name}" is no function's name.`);
  const loaded: { default: FunctionModule } = await import(`./functions/${name}.ts`).catch(
    (error: unknown) => {
      throw new ConfigError(`FUNCTION_TARGET: there is no functions/${name}.ts that can be loaded.`, {
        cause: error,
      });
    },
  );
  return loaded.default;
}

/** Of two functions that take the same requests only one would ever be asked. */
function checkDoors(names: readonly string[], functions: readonly FunctionModule[]): void {
  const doors = new Map<string, string>();
  for (const [i, { routes }] of functions.entries()) {
    for (const { method, path } of routes) {
      const [name = '', before] = [names[i], doors.get(`${method} ${path}`)];
      if (before && before !== name)
        throw new ConfigError(
          `FUNCTION_TARGET: ${before} and ${name} cannot share a host: both take ${method} ${path}.`,
        );
      doors.set(`${method} ${path}`, name);
    }
  }
}

if (import.meta.main) {
  main().catch(async (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof ConfigError) await tellInvalid(error);
    process.exit(1);
  });
}
