import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { send } from '../lib/boundary.ts';
import { TICK } from '../lib/events/event-types.ts';
import { relay } from '../lib/events/relay.ts';
import type { Service } from '../lib/http/service.ts';
import { findRun } from '../lib/ledger/find-run.ts';
import type { Pipeline } from '../lib/pipeline/options.ts';
import { askAsPerson } from '../lib/requests/ask-as-person.ts';

const SECOND = 1000;
const LOOK_EVERY = SECOND / 4;
const LOOKS_A_TICK = 20;

type Relaying = Pick<Service, 'runlog' | 'log'> & { config: { broker: string } };

/** Runs every pipeline once, tells how each ended, and says 0 when all went well, else 1. */
export async function runOnce(
  service: Relaying,
  pipelines: readonly Pipeline[],
  write: (line: string) => void,
  terminal: boolean,
): Promise<0 | 1> {
  const asked = [];
  // Reconciling what was brought a moment ago would find nothing.
  for (const pipeline of pipelines.filter(({ reconciles }) => reconciles === undefined)) {
    const params = pipeline.params.safeParse({});
    if (!params.success) {
      const why = `${pipeline.name} is not run: it needs params`;
      write(terminal ? `  ${why}` : JSON.stringify({ event: 'note', text: why }));
      continue;
    }
    const wish = { params: params.data, trigger: 'manual', source: 'local' } as const;
    asked.push(await askAsPerson(service.runlog, pipeline, wish));
  }
  await relay(service, { again: true });
  let well = true;
  for (const { runId } of asked) {
    const run = await ended(service, runId);
    well &&= run?.status === 'SUCCESS';
    write(terminal ? sentence(run) : JSON.stringify({ event: 'run', ...facts(run) }));
  }
  return well ? 0 : 1;
}

type Run = Awaited<ReturnType<typeof findRun>>;

async function ended(service: Relaying, runId: string): Promise<Run> {
  for (let look = 1; ; look++) {
    const run = await findRun(service.runlog, runId);
    if (!run || (run.status !== null && run.status !== 'STARTED')) return run;
    await relay(service, { again: true });
    // No PingSource ticks here, and what a killed process was doing waits for the sweep.
    if (look % LOOKS_A_TICK === 0) await tick(service.config.broker);
    await wait(LOOK_EVERY);
  }
}

async function tick(broker: string): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-type': TICK,
    'ce-source': '/kubescribe/once',
    'ce-id': randomUUID(),
    'ce-tick': 'minute',
  };
  await send('send tick', broker, { method: 'POST', headers, body: '{}' });
}

function facts(run: Run) {
  if (!run || !('meta' in run)) return { status: null };
  const { run_id, component, status, duration_ms, error_code, error_message, meta } = run;
  return { run_id, component, status, duration_ms, error_code, error_message, meta };
}

function sentence(run: Run): string {
  const { component, status, duration_ms, error_message, meta } = facts(run);
  const counts = meta
    ? `${meta.written ?? 0} written, ${meta.rejected ?? 0} rejected of ${meta.read ?? 0} read`
    : '';
  return `  ${status ?? 'not run'}  ${component}  ${((duration_ms ?? 0) / SECOND).toFixed(1)} s  ${error_message ?? counts}`;
}
