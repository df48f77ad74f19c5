/** Asks for runs: by hand at `POST /runs/trigger`, by the clock at each tick of a schedule. */
import { triggerRun } from '../lib/contract/ask-for-runs.ts';
import { TICK } from '../lib/events/event-types.ts';
import { eventRoute, PoisonEvent, type Received } from '../lib/events/receive.ts';
import { relay } from '../lib/events/relay.ts';
import { answerAsked } from '../lib/http/answer-asked.ts';
import { callerOf } from '../lib/http/caller.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { badRequest, HttpProblem } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { faultsOf } from '../lib/http/wish.ts';
import type { Pipeline } from '../lib/pipeline/options.ts';
import { askAsPerson } from '../lib/requests/ask-as-person.ts';
import { planAll } from '../lib/requests/plan.ts';

async function trigger(asked: Asked<typeof triggerRun>, service: Service): Promise<Response> {
  const { request, body } = asked;
  return answerAsked(service, asked, async (once) => {
    const pipeline = choose(await service.pipelines(), body.pipeline);
    const caller = callerOf(request, service.config);
    return askAsPerson(service.runlog, pipeline, {
      params: fitting(pipeline, body.params ?? {}),
      tags: body.tags,
      why: body.why,
      once,
      trigger: caller.trigger,
      source: service.config.source,
      requestedBy: caller.by,
      cameFrom: caller.from,
    });
  });
}

function fitting(pipeline: Pipeline, given: object) {
  const params = pipeline.params.safeParse(given);
  if (params.success) return params.data;
  const errors = faultsOf(params.error, '/params');
  throw badRequest(`The params do not fit "${pipeline.name}".`, { errors });
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

export default { routes: [door(triggerRun, trigger), eventRoute(tick)] } satisfies FunctionModule;
