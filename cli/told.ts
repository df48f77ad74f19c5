import type * as z from 'zod';
import { redact } from '../lib/logs/redact.ts';

/** A door's answers as the contract has them. */
export type Promised<T> = { answers: Readonly<Record<number, { says: string; body?: z.ZodType<T> }>> };
export type Asking<T> = Promise<{ data?: T; response: Response }>;

/** What a door told, once it has; another server, or one of another age, is known by its shape. */
export async function told<T>({ answers }: Promised<NoInfer<T>>, asking: Asking<T>): Promise<T> {
  const { data, response } = await asking;
  const body = answers[response.status]?.body;
  const url = redact(response.url);
  if (data === undefined || !body)
    throw new Error(`${url} answered nothing that is known here: is it KubeScribe?`);
  const { error } = body.safeParse(data);
  if (!error) return data;
  const place = error.issues[0]?.path.join('.') || 'its top';
  throw new Error(`${url} answered in a shape that is not known here (at ${place}): is it KubeScribe?`);
}
