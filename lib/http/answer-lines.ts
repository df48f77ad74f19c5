import * as z from 'zod';
import type { listLogs, listSystemLogs } from '../contract/logs.ts';
import type { Db } from '../db/connect.ts';
import type { LogFilter } from '../logs/filter.ts';
import { isSearch } from '../logs/find.ts';
import { listAround, listLines } from '../logs/list.ts';
import type { LogPlace } from '../logs/order.ts';
import type { Asked } from './door.ts';
import { page, readPlace, TimeKey } from './paging.ts';
import { badRequest, notFound } from './problem.ts';
import { unlessKnown } from './unless-known.ts';

const Key = z.tuple([TimeKey, z.int()]);

export const readLinePlace = (cursor: string | undefined): LogPlace => readPlace(cursor, Key);

type Listing = Asked<typeof listSystemLogs>;
type Paged = Pick<Listing, 'request' | 'headers'> & { query: Listing['query'] & LogFilter };

/** A page of lines; `none` throws where an empty list means that nobody knows whose lines these are. */
export async function answerLines(
  db: Db,
  { request, query, headers }: Paged,
  none?: () => Promise<void>,
): Promise<Response> {
  const { limit, offset, cursor, order, ...filter } = query;
  if (offset > 0 && cursor !== undefined) throw noOffset('"cursor"');
  if (offset > 0 && isSearch(filter)) throw noOffset('this filter');
  const place = readLinePlace(cursor);

  const { lines, ...neighbours } = await listLines(db, filter, { limit, offset, order, place });

  if (lines.length === 0 && !place) await none?.();
  const url = new URL(request.url);
  url.searchParams.delete('offset');
  return unlessKnown(headers['if-none-match'], page({ url: url.href }, lines, neighbours));
}

const noOffset = (beside: string) =>
  badRequest(`"offset" does not go with ${beside}: follow the cursors of the Link header.`, {
    errors: [{ parameter: 'offset', detail: `does not go with ${beside}` }],
  });

type Around = Pick<Asked<typeof listLogs>, 'request' | 'headers'> & { around: number; limit: number };

/** The lines around one; the ways on are those of the list of its run. */
export async function answerAround(db: Db, { request, headers, around, limit }: Around): Promise<Response> {
  const url = new URL(request.url);
  const others = [...url.searchParams.keys()].filter((name) => name !== 'around' && name !== 'limit');
  if (others.length > 0)
    throw badRequest('Beside "around" there can only be "limit".', {
      errors: others.map((parameter) => ({ parameter, detail: 'does not go with "around"' })),
    });

  const found = await listAround(db, around, limit);

  if (!found) throw notFound(`There is no line ${around}. What is old is removed by whole days.`);
  const { of, lines, ...neighbours } = found;
  url.searchParams.delete('around');
  for (const [name, value] of Object.entries({ ...of, order: 'asc' })) url.searchParams.set(name, value);
  return unlessKnown(headers['if-none-match'], page({ url: url.href }, lines, neighbours));
}
