import * as z from 'zod';
import { type Neighbours, type Place, WAYS } from '../db/keyset.ts';
import { answerJson } from './answer.ts';
import { badRequest } from './problem.ts';

/** A time in the key of a place, as the database can read it: for it there is no year 0. */
export const TimeKey = z.iso.datetime().regex(/^(?!0000)/);

/** The place in a list that a cursor names. Cursors are opaque to their readers: base64url of JSON. */
export function readPlace<K>(cursor: string | undefined, key: z.ZodType<K>): Place<K> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    const [way, found] = z.tuple([z.enum(WAYS), key]).parse(JSON.parse(text));
    return { way, key: found };
  } catch (error) {
    throw Object.assign(badRequest('"cursor" is not one that a Link header gave.'), { cause: error });
  }
}

const writePlace = ({ way, key }: Place<unknown>) =>
  Buffer.from(JSON.stringify([way, key])).toString('base64url');

/** Path and query of a page from a place on. */
export function pathFrom(url: string, place: Place<unknown>): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set('cursor', writePlace(place));
  return `${pathname}?${searchParams}`;
}

/** The ways to the neighbouring pages, as the header that tells them. */
export function linksTo(
  request: Pick<Request, 'url'>,
  { next, prev }: Neighbours<unknown>,
): { link?: string } {
  const links = Object.entries({ next, prev }).flatMap(([rel, place]) =>
    place ? [`<${pathFrom(request.url, place)}>; rel="${rel}"`] : [],
  );
  return links.length > 0 ? { link: links.join(', ') } : {};
}

/** A bare array, or what holds one, with the ways to the neighbouring pages in `Link`. */
export function page(
  request: Pick<Request, 'url'>,
  items: unknown,
  neighbours: Neighbours<unknown>,
  more: Record<string, string> = {},
): Response {
  return answerJson(items, { headers: { ...more, ...linksTo(request, neighbours) } });
}
