/** Runs slots of the past again: `POST /backfills`, `GET /backfills`, `GET /backfills/{id}`, `POST /backfills/{id}/cancel`. */
import * as z from 'zod';
import { NoBackfill, startBackfill, tryBackfill } from '../lib/backfills/backfill.ts';
import { cancelBackfill } from '../lib/backfills/cancel.ts';
import { findBackfill, listBackfills } from '../lib/backfills/read.ts';
import { BackfillBody } from '../lib/backfills/wish.ts';
import { commit } from '../lib/boundary.ts';
import { relay } from '../lib/events/relay.ts';
import { answerJson } from '../lib/http/answer.ts';
import { callerOf } from '../lib/http/caller.ts';
import { knownPipeline } from '../lib/http/known-pipeline.ts';
import { Limit, page, readCursor, readQuery, writeCursor } from '../lib/http/paging.ts';
import { badRequest, HttpProblem, notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { faultsOf, idempotencyKeyOf, Reason, readWish } from '../lib/http/wish.ts';
import type { Pipeline } from '../lib/pipeline/options.ts';
import { KeyReused } from '../lib/requests/ask-as-person.ts';

async function start(request: Request, _params: unknown, service: Service): Promise<Response> {
  const body = await readWish(request, BackfillBody, '{"pipeline": NAME, "from": TIME, "until": TIME, …}');
  const pipeline = await knownPipeline(service, body.pipeline);
  const wish = { ...body, params: fitting(pipeline, body.params) };
  if (body.dry_run)
    return answerJson({ ...wish, ...(await tryBackfill(service.runlog, pipeline, wish).catch(explain)) });
  const { config } = service;
  const asker = { source: config.source, idempotencyKey: idempotencyKeyOf(request) };
  const caller = { ...callerOf(request, config), ...asker };
  const id = await startBackfill(service.runlog, pipeline, wish, caller).catch(explain);
  await relay(service);
  const headers = { location: `/backfills/${id}` };
  return answerJson(await findBackfill(service.runlog, id), { status: 201, headers });
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

const Name = z.string().regex(/^[^\0]*$/, 'holds a NUL');
const Query = z.object({ pipeline: Name.optional(), limit: Limit, cursor: z.string().optional() });
const Cursor = z.tuple([z.iso.datetime(), z.guid()]);

async function list(request: Request, _params: unknown, service: Service): Promise<Response> {
  const { pipeline, limit, cursor } = readQuery(request, Query);
  const [createdAt, backfillId] = cursor ? readCursor(cursor, Cursor) : [];
  const after = createdAt && backfillId ? { createdAt, backfillId } : undefined;
  const { backfills, next } = await listBackfills(service.runlog, pipeline, limit, after);
  return page(request, backfills, next && writeCursor(next.createdAt, next.backfillId));
}

async function show(_request: Request, params: Record<string, string>, service: Service): Promise<Response> {
  const id = idOf(params);
  const backfill = await findBackfill(service.runlog, id);
  if (!backfill) throw unknown(id);
  return answerJson(backfill);
}

const Cancel = z.strictObject({ why: Reason.optional() });

async function cancel(request: Request, params: Record<string, string>, service: Service): Promise<Response> {
  const id = idOf(params);
  const { why } = await readWish(request, Cancel, '{"why": TEXT}, or nothing');
  const wish = { ...callerOf(request, service.config), why };
  const done = await commit('cancel', service.runlog, (tx) => cancelBackfill(tx, id, wish));
  if (done === 'unknown') throw unknown(id);
  if (done === 'over') {
    const detail = `Backfill ${id} has ended and cannot be cancelled.`;
    throw new HttpProblem({ status: 409, title: 'Backfill over', detail });
  }
  await relay(service);
  return answerJson(await findBackfill(service.runlog, id));
}

function idOf(params: Record<string, string>): string {
  const id = z.guid().safeParse(params.id);
  if (id.success) return id.data;
  throw badRequest(`"${params.id?.slice(0, 80)}" is no backfill's id: it must be a UUID.`);
}

const unknown = (id: string) => notFound(`There is no backfill ${id}.`);

export default {
  routes: [
    { method: 'POST', path: '/backfills', handle: start },
    { method: 'GET', path: '/backfills', handle: list },
    { method: 'GET', path: '/backfills/:id', handle: show },
    { method: 'POST', path: '/backfills/:id/cancel', handle: cancel },
  ],
} satisfies FunctionModule;
