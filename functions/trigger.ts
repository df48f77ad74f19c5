/** Asks for runs: by hand at `POST /runs/trigger`, by the clock at each tick of a schedule. */
import * as z from 'zod';
import { TICK } from '../lib/events/event-types.ts';
import { eventRoute, PoisonEvent, type Received } from '../lib/events/receive.ts';
import { relay } from '../lib/events/relay.ts';
import { answerAsked } from '../lib/http/answer-asked.ts';
import { callerOf } from '../lib/http/caller.ts';
import { badRequest, HttpProblem } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { faultsOf, idempotencyKeyOf, readWish } from '../lib/http/wish.ts';
import type { Pipeline } from '../lib/pipeline/options.ts';
import { askAsPerson } from '../lib/requests/ask-as-person.ts';
import { planAll } from '../lib/requests/plan.ts';

const Body = z.strictObject({
  pipeline: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
});

async function trigger(request: Request, _params: unknown, service: Service): Promise<Response> {
  const { pipeline, params } = await readPipelineAndParams(request, service);
  const caller = callerOf(request, service.config);
  const asking = askAsPerson(service.runlog, pipeline, {
    params,
    idempotencyKey: idempotencyKeyOf(request),
    trigger: caller.trigger,
    source: service.config.source,
    requestedBy: caller.by,
    cameFrom: caller.from,
  });
  return answerAsked(service, pipeline.name, asking);
}

async function readPipelineAndParams(request: Request, service: Service) {
  const body = await readWish(request, Body, '{"pipeline": NAME, "params": {…}}');
  const pipeline = choose(await service.pipelines(), body.pipeline);
  const params = pipeline.params.safeParse(body.params ?? {});
  if (!params.success) {
    throw badRequest(`The params do not fit "${pipeline.name}".`, {
      errors: faultsOf(params.error, '/params'),
    });
  }
  return { pipeline, params: params.data };
}

function choose(pipelines: readonly Pipeline[], name: string | undefined): Pipeline {
  const found = pipelines.find((pipeline) =>
    name === undefined ? pipeline.default : pipeline.name === name,
  );
  if (found) return found;
  const known = pipelines.map((pipeline) => pipeline.name).join(', ') || 'none';
  const what =
    name === undefined ? 'No pipeline is marked default: true; name one' : `There is no pipeline "${name}"`;
  throw new HttpProblem({ status: 404, title: 'Unknown pipeline', detail: `${what}. Known: ${known}.` });
}

async function tick(event: Received, service: Service): Promise<void> {
  if (event.type !== TICK) throw new PoisonEvent(`${event.type} is no tick.`);
  await planAll(service, await service.pipelines());
  await relay(service);
}

export default {
  routes: [{ method: 'POST', path: '/runs/trigger', handle: trigger }, eventRoute(tick)],
} satisfies FunctionModule;
