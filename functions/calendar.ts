/** Tells what became of every slot of a pipeline's schedule: `GET /pipelines/{name}/calendar`. */
import * as z from 'zod';
import { readCalendarAt } from '../lib/calendar/at.ts';
import { readCalendar } from '../lib/calendar/calendar.ts';
import { type History, readHistory } from '../lib/calendar/history.ts';
import { type RangeWish, rangeOf } from '../lib/calendar/range.ts';
import { TimeError } from '../lib/calendar/time.ts';
import { readCalendar as promised } from '../lib/contract/calendar.ts';
import { answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { page, readPlace, TimeKey } from '../lib/http/paging.ts';
import { badRequest, notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';

/** What pipelines are called; nothing else need be looked for. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** The slot that was told last, and the range as it was at the first page. */
const Key = z.tuple([TimeKey, TimeKey, TimeKey]);

async function read(
  { request, path: { name }, query }: Asked<typeof promised>,
  service: Service,
): Promise<Response> {
  const { at, cursor, limit, state: states, ...wish } = query;
  if (at !== undefined && (wish.from ?? wish.to ?? states ?? cursor) !== undefined)
    throw badRequest('"at" asks for one time: leave out "from", "to", "state" and "cursor".');
  const history = NAME.test(name) ? await readHistory(service.runlog, name) : undefined;
  if (!history) throw notFound(await whyUnknown(service, name));

  if (at !== undefined) return answerJson(await readable(() => readCalendarAt(service.runlog, history, at)));
  const { range, after } = await readable(async () => placeOf(history, wish, cursor));
  const { entries, next } = await readCalendar(service.runlog, history, range, { limit, after, states });

  const key = next && [next, range.from, range.to].map((time) => time.toISOString());
  // Slots are counted from the past on: there is no way back up.
  return page(request, entries, { next: key && { way: '<', key }, prev: undefined });
}

async function whyUnknown({ runlog }: Service, name: string): Promise<string> {
  const rows = await runlog.selectFrom('pipelines').select('name').orderBy('name').limit(20).execute();
  const known = rows.map((row) => row.name).join(', ') || 'none';
  return `There is no pipeline "${name.slice(0, 80)}". Known: ${known}.`;
}

function placeOf(history: History, wish: RangeWish, cursor: string | undefined) {
  const place = readPlace(cursor, Key);
  if (!place) return { range: rangeOf(history, wish), after: undefined };
  const [after, from, to] = place.key;
  const range = rangeOf(history, { from, to });
  return { range, after: new Date(after) };
}

async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TimeError) throw Object.assign(badRequest(error.message), { cause: error });
    throw error;
  }
}

export default {
  routes: [door(promised, read)],
} satisfies FunctionModule;
