import * as z from 'zod';
import { type Neighbours, type Place, WAYS } from '../db/keyset.ts';
import { answerJson } from './answer.ts';
import { badRequest } from './problem.ts';

/** A cursor is opaque to its reader: base64url of a JSON array of strings. */
export const writeCursor = (...parts: string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** Reads a cursor back by the shape it must have. */
export function readCursor<T>(text: string, shape: z.ZodType<T>): T {
  try {
    return shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch (error) {
    throw Object.assign(badRequest('"cursor" is not one that a Link header gave.'), { cause: error });
  }
}

/** The place that a cursor of a list with both ways names. */
export function readPlace<K>(cursor: string | undefined, key: z.ZodType<K>): Place<K> | undefined {
  if (cursor === undefined) return undefined;
  const [way, found] = readCursor(cursor, z.tuple([z.enum(WAYS), key]));
  return { way, key: found };
}

/** A bare array, or what holds one, with the ways to the neighbouring pages in `Link`: the next one by its cursor, or both. */
export function page(
  request: Request,
  items: unknown,
  to: string | Neighbours<unknown> | undefined,
  more: Record<string, string> = {},
): Response {
  const { next, prev } = typeof to === 'object' ? to : { next: to, prev: undefined };
  const links = Object.entries({ next, prev }).flatMap(([rel, place]) => {
    if (!place) return [];
    const { pathname, searchParams } = new URL(request.url);
    searchParams.set('cursor', typeof place === 'string' ? place : writePlace(place));
    return [`<${pathname}?${searchParams}>; rel="${rel}"`];
  });
  return answerJson(items, { headers: { ...more, ...(links.length > 0 && { link: links.join(', ') }) } });
}

const writePlace = ({ way, key }: Place<unknown>) =>
  Buffer.from(JSON.stringify([way, key])).toString('base64url');
