/** A pod as a process of this machine: the same program with the same settings, its memory bounded by V8. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { environmentWith } from '../../lib/config.ts';
import type { JobResource, NodePod, PodStatus } from './job-resource.ts';

const SECOND = 1000;
const GRACE = 30 * SECOND;
const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));
const STDERR = 2;
const MIB = 1024 ** 2;
const UNITS: Record<string, number> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: MIB,
  Gi: 1024 * MIB,
  Ti: 1024 ** 2 * MIB,
};
/** How V8 ends when it is out of memory. */
const OUT_OF_MEMORY = 'SIGABRT';

/** Starts the pod of a Job. `env` is what the container gets beside what the Job itself says. */
export function childPod(job: JobResource, env: Record<string, string>): NodePod {
  const [container] = job.spec.template.spec.containers;
  const told = Object.fromEntries(
    container.env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
  const heap = Math.max(32, Math.floor(bytesOf(container.resources.limits.memory) / MIB));
  const child = spawn(process.execPath, [`--max-old-space-size=${heap}`, MAIN], {
    env: environmentWith({ ...told, ...env, HOSTNAME: job.metadata.name }),
    stdio: ['ignore', STDERR, STDERR],
  });
  let status: PodStatus = { phase: 'Running', containerStatuses: [{ state: { running: {} } }] };
  let cut: NodeJS.Timeout | undefined;
  child.once('error', (error) => {
    status = { phase: 'Failed', reason: 'StartError', message: error.message };
  });
  child.once('exit', (exitCode, signal) => {
    clearTimeout(cut);
    const reason = signal === OUT_OF_MEMORY ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
    const terminated = { reason, exitCode: exitCode ?? 137 };
    status = {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ state: { terminated } }],
    };
  });
  return {
    status: () => status,
    ended: once(child, 'exit').catch(() => {}),
    stop() {
      child.kill('SIGTERM');
      cut ??= setTimeout(() => child.kill('SIGKILL'), GRACE).unref();
    },
  };
}

/** A quantity of memory as Kubernetes writes it, in bytes. */
function bytesOf(quantity: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+)(\w*)$/.exec(quantity) ?? [];
  return Number(number) * (UNITS[unit] ?? 1);
}
