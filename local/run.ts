/** `make run`: everything on one machine and one port, from nothing but npm packages. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crashAt } from '../lib/boundary.ts';
import { loadConfig } from '../lib/config.ts';
import { checkNumbers } from '../lib/work/numbers.ts';
import { announcer } from './announce.ts';
import { runOnce } from './once.ts';
import { type StartOptions, start } from './start.ts';
import { complain, stopper } from './stopper.ts';
import { watchRuns } from './watch-runs.ts';

const MANIFESTS = fileURLToPath(new URL('../knative/base', import.meta.url));

function readOptions(): StartOptions {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      'no-demo': { type: 'boolean', default: false },
      manifests: { type: 'string', default: MANIFESTS },
    },
  });
  const { once, fresh, manifests } = values;
  return { once, fresh, demo: !values['no-demo'], manifests: resolve(manifests) };
}

async function main(): Promise<void> {
  const { onStop, stop } = stopper();
  let leaving = false;
  const leave = async (code: number) => {
    if (leaving) return;
    leaving = true;
    await stop();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void leave(0));
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const terminal = process.stdout.isTTY === true;
  try {
    checkNumbers();
    const config = loadConfig();
    if (config.crash) crashAt(config.crash);
    const options = readOptions();
    const started = await start(config, options, announcer(terminal, write), onStop);
    if (options.once) await leave(await runOnce(started, started.pipelines, write, terminal));
    if (terminal) onStop(watchRuns(started.runlog, started.url, write).stop);
  } catch (error) {
    complain(error);
    await leave(1);
  }
}

if (import.meta.main) await main();
