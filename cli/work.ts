import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadConfig } from '../lib/config.ts';
import { parseEvent } from '../lib/events/parse.ts';
import { eventRoute, type Received } from '../lib/events/receive.ts';
import { relay } from '../lib/events/relay.ts';
import { createService, type Service, withLog } from '../lib/http/service.ts';
import { carryOn } from '../lib/work/carry-on.ts';
import { claimDelivered } from '../lib/work/claim-delivered.ts';

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
  const delivered = parseEvent(event, ['run.requested', 'run.continue']).data;
  const work = await claimDelivered(service, delivered);
  if (!work) return;
  await carryOn(withLog(service, { run: work.run_id, epoch: work.epoch }), work, { inJob: true });
  await relay(service);
}
