import * as z from 'zod';
import { answerJson } from './answer.ts';
import { badRequest } from './problem.ts';

/** The largest page. */
const MAX_LIMIT = 200;

export const Limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(50);

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

/** A bare array, or what holds one, with the way to the next page in `Link`. */
export function page(request: Request, items: unknown, next: string | undefined): Response {
  const headers: Record<string, string> = {};
  if (next) {
    const { pathname, searchParams } = new URL(request.url);
    searchParams.set('cursor', next);
    headers.link = `<${pathname}?${searchParams}>; rel="next"`;
  }
  return answerJson(items, { headers });
}

/** The query of a request, by a schema of single values; what is wrong is named. */
export function readQuery<T>(request: Request, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    parameter: issue.path.join('.'),
    detail: issue.message,
  }));
  throw badRequest(`The query is wrong at ${errors.map(({ parameter }) => `"${parameter}"`).join(', ')}.`, {
    errors,
  });
}
