/**
 * Does a slice of a run: takes `run.requested` and `run.continue`, claims, works, and leaves a checkpoint or the end; or
 * makes the Job that does it. The Job's pod is the same program, without its door.
 */
import { parseEvent } from '../lib/events/parse.ts';
import { eventRoute, type Received } from '../lib/events/receive.ts';
import { relay } from '../lib/events/relay.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import { type Service, withLog } from '../lib/http/service.ts';
import { carryOn } from '../lib/work/carry-on.ts';
import { claimDelivered } from '../lib/work/claim-delivered.ts';
import { giveAgain, giveToJob, isByJob } from '../lib/work/give-to-job.ts';
import { workInJob } from '../lib/work/in-job.ts';

async function handle(event: Received, service: Service): Promise<void> {
  const delivered = parseEvent(event, ['run.requested', 'run.continue']).data;
  const { run_id, checkpoint, pipeline } = delivered;
  // Its slice would end at once: another host shall have it.
  if (service.draining.aborted) throw new Error('the host is stopping');

  const known = (await service.pipelines()).find(({ name }) => name === pipeline);
  const work = await claimDelivered(service, delivered, {
    job: known?.job,
    onWaiting: async () => {
      if (isByJob(known)) await giveAgain(service, run_id, known);
    },
  });
  if (!work) return;
  const onRun = withLog(service, { run: run_id, epoch: work.epoch, attempt: work.attempt });
  if (work.expired_at) onRun.log.warn({ deaths: work.deaths }, 'taken over: its worker died');
  onRun.log.info({ checkpoint }, 'slice begins');
  if (isByJob(known)) await giveToJob(onRun, work, known);
  else await carryOn(onRun, work);
  await relay(service);
}

export default { routes: [eventRoute(handle)], job: workInJob } satisfies FunctionModule;
