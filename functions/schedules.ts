/** Changes when a pipeline runs, and says who did and why: its schedule, and the pauses of it. */
import * as z from 'zod';
import { relay } from '../lib/events/relay.ts';
import { answerJson } from '../lib/http/answer.ts';
import { callerOf } from '../lib/http/caller.ts';
import { seenVersion } from '../lib/http/if-match.ts';
import { ofPipeline, ofPipelineName, type PipelineHandler } from '../lib/http/known-pipeline.ts';
import { numberedPage, placeOf } from '../lib/http/numbered-page.ts';
import { HttpProblem } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { Reason, readWish } from '../lib/http/wish.ts';
import { checkSlots } from '../lib/pipeline/check-options.ts';
import { overrideSchedule, resetSchedule, ScheduleMoved } from '../lib/requests/override.ts';
import { listPauses, pause, resume } from '../lib/requests/pause.ts';
import { showSchedule } from '../lib/requests/show-schedule.ts';

const Wanted = z.strictObject({
  cron: z.string().trim().max(200),
  timezone: z.string().max(100),
  gap: z.enum(['skip', 'once']).exactOptional(),
  overlap: z.enum(['skip', 'once', 'both']).exactOptional(),
  why: Reason,
});
const WithWhy = z.strictObject({ why: Reason });
const PerhapsWhy = z.strictObject({ why: Reason.optional() });

const show: PipelineHandler = async (request, pipeline, { runlog }) => {
  const { limit, before } = placeOf(request);
  const { shown, next } = await showSchedule(runlog, pipeline, limit, before);
  const response = numberedPage(request, shown, next);
  response.headers.set('etag', `"${shown.version}"`);
  return response;
};

const override: PipelineHandler = async (request, pipeline, service) => {
  const wanted = await readWish(request, Wanted, '{"cron", "timezone", "gap"?, "overlap"?, "why"}');
  const { why, ...schedule } = wanted;
  checkSlots(pipeline, schedule, (detail) => {
    throw new HttpProblem({ status: 422, title: 'Unusable schedule', detail });
  });
  const wish = { ...callerOf(request, service.config), why, seen: seenVersion(request) };
  await overrideSchedule(service.runlog, pipeline, service.config.source, schedule, wish).catch(refuse);
  return afterwards(request, pipeline, service);
};

const reset: PipelineHandler = async (request, pipeline, service) => {
  const { why } = await readWish(request, WithWhy, '{"why": REASON}');
  const wish = { ...callerOf(request, service.config), why, seen: seenVersion(request) };
  await resetSchedule(service.runlog, pipeline, service.config.source, wish).catch(refuse);
  return afterwards(request, pipeline, service);
};

/** What a change of schedule planned and admitted is told at once. */
const afterwards: PipelineHandler = async (request, pipeline, service) => {
  await relay(service);
  return show(request, pipeline, service);
};

function refuse(error: unknown): never {
  if (!(error instanceof ScheduleMoved)) throw error;
  throw new HttpProblem({ status: 412, title: 'Schedule changed', detail: error.message });
}

async function pauseIt(request: Request, name: string, service: Service): Promise<Response> {
  const { why } = await readWish(request, WithWhy, '{"why": REASON}');
  const paused = await pause(service.runlog, name, { ...callerOf(request, service.config), why });
  await relay(service);
  return answerJson({ pipeline: name, paused: true, ...paused });
}

async function resumeIt(request: Request, name: string, { runlog, config }: Service): Promise<Response> {
  const { why } = await readWish(request, PerhapsWhy, '{"why": REASON} or nothing');
  const { changed, pause: closed } = await resume(runlog, name, { ...callerOf(request, config), why });
  return answerJson({ pipeline: name, paused: false, changed, pause: closed ?? null });
}

async function pauses(request: Request, name: string, { runlog }: Service): Promise<Response> {
  const { limit, before } = placeOf(request);
  const listed = await listPauses(runlog, name, limit, before);
  return numberedPage(request, listed.pauses, listed.next);
}

export default {
  routes: [
    { method: 'GET', path: '/pipelines/:name/schedule', handle: ofPipeline(show) },
    { method: 'PUT', path: '/pipelines/:name/schedule', handle: ofPipeline(override) },
    { method: 'DELETE', path: '/pipelines/:name/schedule', handle: ofPipeline(reset) },
    { method: 'POST', path: '/pipelines/:name/pause', handle: ofPipelineName(pauseIt) },
    { method: 'POST', path: '/pipelines/:name/resume', handle: ofPipelineName(resumeIt) },
    { method: 'GET', path: '/pipelines/:name/pauses', handle: ofPipelineName(pauses) },
  ],
} satisfies FunctionModule;
