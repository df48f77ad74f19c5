/** Runs slots of the past again: `POST /backfills`, `GET /backfills`, `GET /backfills/{id}`, `POST /backfills/{id}/cancel`. */
import * as z from 'zod';
import { NoBackfill, startBackfill, tryBackfill } from '../lib/backfills/backfill.ts';
import { cancelBackfill } from '../lib/backfills/cancel.ts';
import { findBackfill, listBackfills } from '../lib/backfills/read.ts';
import { commit } from '../lib/boundary.ts';
import {
  cancelBackfill as cancelDoor,
  getBackfill as getDoor,
  listBackfills as listDoor,
  startBackfill as startDoor,
} from '../lib/contract/backfills.ts';
import { relay } from '../lib/events/relay.ts';
import { answerJson } from '../lib/http/answer.ts';
import { answerBegun, tellBegun } from '../lib/http/answer-begun.ts';
import { callerOf } from '../lib/http/caller.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { knownPipeline } from '../lib/http/known-pipeline.ts';
import { page, readPlace, TimeKey } from '../lib/http/paging.ts';
import { badRequest, HttpProblem, notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { faultsOf } from '../lib/http/wish.ts';
import type { Pipeline } from '../lib/pipeline/options.ts';
import { findFirstAnswer, KeyReused, questionOf } from '../lib/requests/asked-once.ts';

async function start(
  { request, headers, body }: Asked<typeof startDoor>,
  service: Service,
): Promise<Response> {
  const { runlog, config } = service;
  const key = headers['idempotency-key'];
  const question =
    key === undefined || body.dry_run ? undefined : questionOf(key, { at: '/backfills', body });
  const before = question && (await findFirstAnswer(runlog, question).catch(explain));
  if (before) return answerBegun(before, true);
  const pipeline = await knownPipeline(service, body.pipeline);
  const wish = { ...body, params: fitting(pipeline, body.params) };
  if (body.dry_run)
    return answerJson({ ...wish, ...(await tryBackfill(runlog, pipeline, wish).catch(explain)) });
  const once = question && { ...question, tell: tellBegun };
  const caller = { ...callerOf(request, config), source: config.source, once };
  const { id, told, repeated } = await startBackfill(runlog, pipeline, wish, caller).catch(explain);
  await relay(service);
  return answerBegun(told ?? (await tellBegun(runlog, id)), repeated);
}

function fitting(pipeline: Pipeline, given: object) {
  const params = pipeline.params.safeParse(given);
  if (params.success) return params.data;
  const errors = faultsOf(params.error, '/params');
  throw badRequest(`The params do not fit "${pipeline.name}".`, { errors });
}

function explain(error: unknown): never {
  const reused = error instanceof KeyReused;
  if (!reused && !(error instanceof NoBackfill)) throw error;
  const title = reused ? 'Idempotency key reused' : 'No such backfill';
  throw new HttpProblem({ status: 422, title, detail: error.message });
}

const Key = z.tuple([TimeKey, z.guid()]);

async function list({ request, query }: Asked<typeof listDoor>, service: Service): Promise<Response> {
  const { pipeline, limit, cursor } = query;
  const place = readPlace(cursor, Key);
  const { backfills, ...neighbours } = await listBackfills(service.runlog, pipeline, limit, place);
  return page(request, backfills, neighbours);
}

async function show({ path: { id } }: Asked<typeof getDoor>, service: Service): Promise<Response> {
  const backfill = await findBackfill(service.runlog, id);
  if (!backfill) throw unknown(id);
  return answerJson(backfill);
}

async function cancel(
  { request, path: { id }, body }: Asked<typeof cancelDoor>,
  service: Service,
): Promise<Response> {
  const wish = { ...callerOf(request, service.config), why: body.why };
  const done = await commit('cancel', service.runlog, (tx) => cancelBackfill(tx, id, wish));
  if (done === 'unknown') throw unknown(id);
  if (done === 'over') {
    const detail = `Backfill ${id} has ended and cannot be cancelled.`;
    throw new HttpProblem({ status: 409, title: 'Backfill over', detail });
  }
  await relay(service);
  return answerJson(await findBackfill(service.runlog, id));
}

const unknown = (id: string) => notFound(`There is no backfill ${id}.`);

export default {
  routes: [door(startDoor, start), door(listDoor, list), door(getDoor, show), door(cancelDoor, cancel)],
} satisfies FunctionModule;
