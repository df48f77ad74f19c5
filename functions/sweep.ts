/** Sees every minute to what events alone do not mend: expired leases, ends that nobody made, mail, ticks that did not come. */
import { tellDue } from '../lib/alerts/due.ts';
import { sealAudit } from '../lib/audit/seal.ts';
import { commit } from '../lib/boundary.ts';
import { sendReplays } from '../lib/dead-letters/send.ts';
import { TICK } from '../lib/events/event-types.ts';
import { pruneOutbox, type Tx } from '../lib/events/outbox.ts';
import { eventRoute, PoisonEvent, type Received } from '../lib/events/receive.ts';
import { relay } from '../lib/events/relay.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { tellHealth } from '../lib/logs/health.ts';
import { planAll } from '../lib/requests/plan.ts';
import { missUnplanned } from '../lib/requests/unplanned.ts';
import { makePartitions } from '../lib/upkeep/make-partitions.ts';
import { wakeUpkeep } from '../lib/upkeep/wake.ts';
import { removeAbandoned } from '../lib/work/abandoned-jobs.ts';
import { sweepWork, tellBlocked } from '../lib/work/sweep.ts';

async function handle(event: Received, service: Service): Promise<void> {
  if (event.type !== TICK) throw new PoisonEvent(`${event.type} is no tick.`);
  const { runlog } = service;
  const steps = [
    // What is flagged or overdue ends before anything is woken.
    () => sweepWork(service),
    () => removeAbandoned(service),
    () => tellBlocked(service),
    async () => planAll(service, await service.pipelines()),
    async () => missUnplanned(service, await service.pipelines()),
    () => commit('tell-due', runlog, tellDue),
    () => makePartitions(runlog),
    () => commit('upkeep', runlog, upkeep),
    () => sealAudit(service),
    () => relay(service, { again: true }),
    () => sendReplays(service),
  ];
  const failures: unknown[] = [];
  // A step that fails keeps none of the others from what they mend.
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  await tellHealth(service, failures).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function upkeep(tx: Tx): Promise<void> {
  await pruneOutbox(tx);
  await wakeUpkeep(tx);
}

export default { routes: [eventRoute(handle)] } satisfies FunctionModule;
