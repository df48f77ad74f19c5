/** Changes when a pipeline runs, and says who did and why: its schedule, and the pauses of it. */
import * as z from 'zod';
import * as promised from '../lib/contract/schedules.ts';
import { relay } from '../lib/events/relay.ts';
import { answerJson } from '../lib/http/answer.ts';
import { callerOf } from '../lib/http/caller.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { checkPipelineName, knownPipeline } from '../lib/http/known-pipeline.ts';
import { page, readPlace, TimeKey } from '../lib/http/paging.ts';
import { HttpProblem } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { checkSlots } from '../lib/pipeline/check-options.ts';
import {
  resetSchedule as dropOverride,
  overrideSchedule as putOverride,
  ScheduleMoved,
} from '../lib/requests/override.ts';
import { pause, listPauses as readPauses, resume } from '../lib/requests/pause.ts';
import { showSchedule } from '../lib/requests/show-schedule.ts';

const ScheduleKey = z.int();
const PauseKey = z.tuple([TimeKey, z.int()]);

async function show(
  { request, path, query }: Pick<Asked<typeof promised.getSchedule>, 'request' | 'path' | 'query'>,
  service: Service,
): Promise<Response> {
  const pipeline = await knownPipeline(service, path.name);
  const place = readPlace(query.cursor, ScheduleKey);
  const { shown, neighbours } = await showSchedule(service.runlog, pipeline, query.limit, place);
  return page(request, shown, neighbours, { etag: `"${shown.version}"` });
}

async function override(asked: Asked<typeof promised.overrideSchedule>, service: Service): Promise<Response> {
  const pipeline = await knownPipeline(service, asked.path.name);
  const { why, ...schedule } = asked.body;
  checkSlots(pipeline, schedule, (detail) => {
    throw new HttpProblem({ status: 422, title: 'Unusable schedule', detail });
  });
  const wish = { ...callerOf(asked.request, service.config), why, seen: asked.headers['if-match'] };
  await putOverride(service.runlog, pipeline, service.config.source, schedule, wish).catch(refuse);
  await relay(service);
  return show(asked, service);
}

async function reset(asked: Asked<typeof promised.resetSchedule>, service: Service): Promise<Response> {
  const pipeline = await knownPipeline(service, asked.path.name);
  const { why } = asked.body;
  const wish = { ...callerOf(asked.request, service.config), why, seen: asked.headers['if-match'] };
  await dropOverride(service.runlog, pipeline, service.config.source, wish).catch(refuse);
  await relay(service);
  return show(asked, service);
}

function refuse(error: unknown): never {
  if (!(error instanceof ScheduleMoved)) throw error;
  throw new HttpProblem({ status: 412, title: 'Schedule changed', detail: error.message });
}

async function pauseIt(
  { request, path: { name }, body }: Asked<typeof promised.pausePipeline>,
  service: Service,
): Promise<Response> {
  await checkPipelineName(service, name);
  const paused = await pause(service.runlog, name, { ...callerOf(request, service.config), ...body });
  await relay(service);
  return answerJson({ pipeline: name, paused: true, ...paused });
}

async function resumeIt(
  { request, path: { name }, body }: Asked<typeof promised.resumePipeline>,
  service: Service,
): Promise<Response> {
  await checkPipelineName(service, name);
  const wish = { ...callerOf(request, service.config), why: body.why };
  const { changed, pause: closed } = await resume(service.runlog, name, wish);
  return answerJson({ pipeline: name, paused: false, changed, pause: closed ?? null });
}

async function listThem(
  { request, path: { name }, query }: Asked<typeof promised.listPauses>,
  service: Service,
): Promise<Response> {
  await checkPipelineName(service, name);
  const place = readPlace(query.cursor, PauseKey);
  const { pauses, ...neighbours } = await readPauses(service.runlog, name, query.limit, place);
  return page(request, pauses, neighbours);
}

export default {
  routes: [
    door(promised.getSchedule, show),
    door(promised.overrideSchedule, override),
    door(promised.resetSchedule, reset),
    door(promised.pausePipeline, pauseIt),
    door(promised.resumePipeline, resumeIt),
    door(promised.listPauses, listThem),
  ],
} satisfies FunctionModule;
