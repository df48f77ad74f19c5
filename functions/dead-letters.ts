/** Keeps events that nobody could take, as their Broker's dead-letter sink, and shows them: `GET /dead-letters`. */
import * as z from 'zod';
import { commit } from '../lib/boundary.ts';
import { getDeadLetter, listDeadLetters as listDoor } from '../lib/contract/dead-letters.ts';
import { keepDeadLetter } from '../lib/dead-letters/keep.ts';
import { letterIdOf, unknownLetter } from '../lib/dead-letters/named-letter.ts';
import { findDeadLetter, listDeadLetters } from '../lib/dead-letters/read.ts';
import { readLetter } from '../lib/dead-letters/receive.ts';
import { shownLetter } from '../lib/dead-letters/show.ts';
import { answerFailure } from '../lib/events/receive.ts';
import { answer, answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { page, readPlace, TimeKey } from '../lib/http/paging.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';

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

const Key = z.tuple([TimeKey, z.int()]);

async function list({ request, query }: Asked<typeof listDoor>, service: Service): Promise<Response> {
  const { limit, cursor, ...filter } = query;
  const place = readPlace(cursor, Key);
  const { letters, replays, ...neighbours } = await listDeadLetters(service.runlog, filter, limit, place);
  const shown = letters.map((letter) => shownLetter(letter, replays.get(letter.id)));
  return page(request, shown, neighbours);
}

async function find({ path }: Asked<typeof getDeadLetter>, service: Service): Promise<Response> {
  const found = await findDeadLetter(service.runlog, letterIdOf(path.id));
  if (!found) throw unknownLetter(path.id);
  return answerJson(shownLetter(found.letter, found.replays));
}

export default {
  routes: [{ method: 'POST', path: '/', handle: keep }, door(listDoor, list), door(getDeadLetter, find)],
} satisfies FunctionModule;
