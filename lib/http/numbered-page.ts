/** Pages of lists whose rows have rising numbers, newest first. */
import * as z from 'zod';
import { page, readCursor, writeCursor } from './paging.ts';

const Cursor = z.tuple([z.string().regex(/^\d{1,15}$/)]);

/** Before which row a page begins; undefined: with the newest. */
export const rowBefore = (cursor: string | undefined): number | undefined =>
  cursor === undefined ? undefined : Number(readCursor(cursor, Cursor)[0]);

/** A page whose last row is `next` when there are more. */
export const numberedPage = (request: Request, body: unknown, next: number | undefined): Response =>
  page(request, body, next === undefined ? undefined : writeCursor(String(next)));
