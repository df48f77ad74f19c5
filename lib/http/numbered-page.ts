/** Pages of lists whose rows have rising numbers, newest first. */
import * as z from 'zod';
import { Limit, page, readCursor, readQuery, writeCursor } from './paging.ts';

const Query = z.strictObject({ limit: Limit, cursor: z.string().optional() });
const Cursor = z.tuple([z.string().regex(/^\d{1,15}$/)]);

/** Which page is asked for: how many rows, and before which one. */
export function placeOf(request: Request): { limit: number; before: number | undefined } {
  const { limit, cursor } = readQuery(request, Query);
  return { limit, before: cursor === undefined ? undefined : Number(readCursor(cursor, Cursor)[0]) };
}

/** A page whose last row is `next` when there are more. */
export const numberedPage = (request: Request, body: unknown, next: number | undefined): Response =>
  page(request, body, next === undefined ? undefined : writeCursor(String(next)));
