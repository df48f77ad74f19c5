/** Keeps events that nobody could take, as their Broker's dead-letter sink, and shows them: `GET /dead-letters`. */
import * as z from 'zod';
import { commit } from '../lib/boundary.ts';
import { type DeadLetter, keepDeadLetter } from '../lib/dead-letters/keep.ts';
import { findDeadLetter, listDeadLetters } from '../lib/dead-letters/read.ts';
import { answerFailure, PoisonEvent } from '../lib/events/receive.ts';
import { answer, answerJson } from '../lib/http/answer.ts';
import { BODY_LIMIT, readText } from '../lib/http/body.ts';
import { Limit, page, readCursor, readQuery, writeCursor } from '../lib/http/paging.ts';
import { HttpProblem, notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';

const Query = z.object({ limit: Limit, cursor: z.string().optional() });
const Cursor = z.tuple([z.string().regex(/^\d{1,18}$/)]);
const Id = z.string().regex(/^\d{1,15}$/);

async function keep(request: Request, _params: unknown, service: Service): Promise<Response> {
  try {
    const letter = await readLetter(request);
    const { overtaken } = await commit('dead-letter', service.runlog, (tx) => keepDeadLetter(tx, letter));
    const { id, type } = letter.attributes;
    if (overtaken) service.log.info({ id, type }, 'a dead letter was overtaken by its run');
    else service.log.error({ id, type }, 'an event died');
    return answer(null, { status: 204 });
  } catch (error) {
    return answerFailure(error, undefined, service);
  }
}

/** Reads attributes leniently: whatever made the event die must not keep it from being filed. */
async function readLetter(request: Request): Promise<DeadLetter> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = value;
  }
  if (!attributes.id || !attributes.source || !attributes.type) {
    throw new PoisonEvent('Events come in binary mode, with ce- headers.');
  }
  const body = await readText(request).catch((error: unknown) => {
    if (error instanceof HttpProblem) return `not kept: more than ${BODY_LIMIT} bytes`;
    throw error;
  });
  return { attributes, body };
}

async function list(request: Request, _params: unknown, service: Service): Promise<Response> {
  const { limit, cursor } = readQuery(request, Query);
  const before = cursor ? Number(readCursor(cursor, Cursor)[0]) : undefined;
  const { letters, next } = await listDeadLetters(service.runlog, limit, before);
  return page(request, letters, next === undefined ? undefined : writeCursor(String(next)));
}

async function find(_request: Request, params: Record<string, string>, service: Service): Promise<Response> {
  const id = Id.safeParse(params.id);
  const letter = id.success && (await findDeadLetter(service.runlog, Number(id.data)));
  if (!letter) throw notFound(`There is no dead letter "${params.id?.slice(0, 40)}".`);
  return answerJson(letter);
}

export default {
  routes: [
    { method: 'POST', path: '/', handle: keep },
    { method: 'GET', path: '/dead-letters', handle: list },
    { method: 'GET', path: '/dead-letters/:id', handle: find },
  ],
} satisfies FunctionModule;
