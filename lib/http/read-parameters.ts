/** The parts of a request beside its body, read by schemas of single values; what is wrong is named. */
import type * as z from 'zod';
import { badRequest } from './problem.ts';

/** The query of a request; a parameter that is given more than once is an array. */
export function readQuery<T>(request: Request, shape: z.ZodType<T>): T {
  const { searchParams } = new URL(request.url);
  const given = [...new Set(searchParams.keys())].map((name) => {
    const all = searchParams.getAll(name);
    return [name, all.length === 1 ? all[0] : all];
  });
  return read(shape, Object.fromEntries(given), 'The query', 'parameter');
}

/** What stands in the path, decoded. */
export function readSegments<T>(segments: Record<string, string>, shape: z.ZodType<T>): T {
  return read(shape, segments, 'The path', 'parameter');
}

/** The headers that a schema names. */
export function readHeaders(request: Request, shape: z.ZodObject): Record<string, unknown> {
  const given = Object.keys(shape.shape).flatMap((name) => {
    const text = request.headers.get(name);
    return text === null ? [] : [[name, text]];
  });
  return read(shape, Object.fromEntries(given), 'A header', 'header');
}

function read<T>(shape: z.ZodType<T>, given: object, what: string, kind: 'parameter' | 'header'): T {
  const parsed = shape.safeParse(given);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')];
    const detail = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message;
    return names.map((name) => ({ [kind]: name.slice(0, LONGEST_NAME), detail }));
  });
  const places = errors.map((fault) => `"${fault[kind]}"`).join(', ');
  throw badRequest(`${what} is wrong at ${places}.`, { errors });
}

/** Of a name that is told back. */
const LONGEST_NAME = 80;
