/** What people send when they wish for something: a body of a known shape, a reason, a key. */
import * as z from 'zod';
import { redact } from '../logs/redact.ts';
import { readJson } from './body.ts';
import { badRequest } from './problem.ts';

const LONGEST_REASON = 500;
/** What ends a line, moves a cursor, or hides and reorders what is read. */
const UNREADABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

/** Why somebody wants it, as it is kept and shown. */
export const Reason = z
  .string()
  .trim()
  .min(1, 'Say why.')
  .max(LONGEST_REASON)
  .refine((text) => !UNREADABLE.test(text), 'It must be one line, without control characters.')
  .transform(redact);

/** A body that must fit; none counts as `{}`. `says` is what it must be. */
export async function readWish<T>(request: Request, shape: z.ZodType<T>, says?: string): Promise<T> {
  const body = shape.safeParse((await readJson(request)) ?? {});
  if (body.success) return body.data;
  throw badRequest(`The body must be ${says ?? membersOf(shape)}.`, { errors: faultsOf(body.error) });
}

/** `{"cron", "why"?}`, or `{"why"?} or nothing`. */
function membersOf(shape: z.ZodType): string {
  if (!(shape instanceof z.ZodObject)) return 'as the API says';
  const members: string[] = Object.entries(shape.shape).map(
    ([name, member]: [string, z.ZodType]) => `"${name}"${member.safeParse(undefined).success ? '?' : ''}`,
  );
  return `{${members.join(', ')}}${members.every((name) => name.endsWith('?')) ? ' or nothing' : ''}`;
}

/** What is wrong with a body, each fault with its place. */
export const faultsOf = (error: z.ZodError, root = '') =>
  error.issues.map((issue) => ({
    pointer: [root, ...issue.path.map(String)].join('/').replace(/^(?!\/)/, '/'),
    detail: issue.message,
  }));
