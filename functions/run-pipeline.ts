/**
 * Does a slice of a run: takes `run.requested` and `run.continue`, claims, works, and leaves a checkpoint or the end; or
 * makes the Job that does it. The Job's pod is the same program, without its door.
 */
import { commit, commitOne } from '../lib/boundary.ts';
import { parseEvent } from '../lib/events/parse.ts';
import { eventRoute, LeaseHeld, type Received } from '../lib/events/receive.ts';
import { relay } from '../lib/events/relay.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import { type Service, withLog } from '../lib/http/service.ts';
import { carryOn } from '../lib/work/carry-on.ts';
import { claim, standing } from '../lib/work/claim.ts';
import { giveAgain, giveToJob, isByJob } from '../lib/work/give-to-job.ts';
import { workInJob } from '../lib/work/in-job.ts';
import { workerFor } from '../lib/work/worker.ts';

async function handle(event: Received, service: Service): Promise<void> {
  const { run_id, checkpoint, pipeline } = parseEvent(event, ['run.requested', 'run.continue']).data;
  // Its slice would end at once: another host shall have it.
  if (service.draining.aborted) throw new Error('the host is stopping');

  const worker = await workerFor(service, pipeline);
  const known = (await service.pipelines()).find(({ name }) => name === pipeline);
  const work = await commitOne('claim', service.runlog, (db) =>
    claim(db, run_id, checkpoint, worker, known?.job),
  );
  if (!work) {
    const found = await commit('standing', service.runlog, (tx) => standing(tx, run_id, checkpoint));
    if (found === 'in-job' && isByJob(known)) await giveAgain(service, run_id, known);
    if (found === 'held') throw new LeaseHeld(`run ${run_id} is being worked on`);
    if (found === 'early') throw new Error(`run ${run_id} has not reached checkpoint ${checkpoint}`);
    return;
  }
  const onRun = withLog(service, { run: run_id, epoch: work.epoch, attempt: work.attempt });
  if (work.expired_at) onRun.log.warn({ deaths: work.deaths }, 'taken over: its worker died');
  onRun.log.info({ checkpoint }, 'slice begins');
  if (isByJob(known)) await giveToJob(onRun, work, known);
  else await carryOn(onRun, work);
  await relay(service);
}

export default { routes: [eventRoute(handle)], job: workInJob } satisfies FunctionModule;
