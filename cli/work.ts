import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { commit, commitOne } from '../lib/boundary.ts';
import { loadConfig } from '../lib/config.ts';
import { parseEvent } from '../lib/events/parse.ts';
import { eventRoute, LeaseHeld, type Received } from '../lib/events/receive.ts';
import { relay } from '../lib/events/relay.ts';
import { createService, type Service, withLog } from '../lib/http/service.ts';
import { carryOn } from '../lib/work/carry-on.ts';
import { claim, standing } from '../lib/work/claim.ts';
import { workerFor } from '../lib/work/worker.ts';

const SECOND = 1000;
/** Below the minute that the pod of knative/overlays/jobs is granted. */
const PATIENCE = 45 * SECOND;

/** Adds `kubescribe work` to the program. */
export function register(program: Command): void {
  program
    .command('work')
    .description("works on the run that an event asks for, to its end: what a JobSink's Job does")
    .argument('<event>', 'the file with the event, as JSON')
    .action(work);
}

async function work(file: string): Promise<void> {
  const service = createService(loadConfig());
  const stop = () => void service.drain(PATIENCE);
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const asked = new Request('http://event/', {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: await readFile(file, 'utf8'),
  });
  // Read, judged and answered as if it had come by the Broker; nobody but the Job's status hears the answer.
  const { status } = await eventRoute(workOn).handle(asked, {}, service);
  await service.drain(PATIENCE);
  if (status >= 300) process.exitCode = 1;
}

async function workOn(event: Received, service: Service): Promise<void> {
  const { run_id, pipeline, checkpoint } = parseEvent(event, ['run.requested', 'run.continue']).data;
  const worker = await workerFor(service, pipeline);
  const claimed = await commitOne('claim', service.runlog, (db) => claim(db, run_id, checkpoint, worker));
  if (!claimed) {
    const found = await commit('standing', service.runlog, (tx) => standing(tx, run_id, checkpoint));
    if (found === 'held') throw new LeaseHeld(`run ${run_id} is being worked on`);
    if (found === 'early') throw new Error(`run ${run_id} has not reached checkpoint ${checkpoint}`);
    return;
  }
  await carryOn(withLog(service, { run: run_id, epoch: claimed.epoch }), claimed, { inJob: true });
  await relay(service);
}
