import type * as z from 'zod';
import type { Operation } from '../contract/operation.ts';
import { readQuery } from './paging.ts';
import type { Route } from './router.ts';
import type { Service } from './service.ts';
import { readWish } from './wish.ts';

/** A request, read by the contract of its door. */
export type Asked<O extends Operation> = {
  request: Request;
  /** What stands in the path, decoded, not yet checked. */
  path: Record<string, string>;
  query: O extends { query: infer Q extends z.ZodType } ? z.output<Q> : undefined;
  body: O extends { body: infer B extends z.ZodType } ? z.output<B> : undefined;
};

/** The route of an operation: query and body are what the contract says, or the answer is a 400 that names each fault. */
export function door<O extends Operation>(
  operation: O,
  handle: (asked: Asked<O>, service: Service) => Promise<Response>,
): Route {
  const { method, path, query, body } = operation;
  return {
    method,
    path,
    async handle(request, segments, service) {
      const asked = {
        request,
        path: segments,
        query: query && readQuery(request, query),
        body: body && (await readWish(request, body, body.description ?? 'as the API says')),
      };
      return handle(asked as Asked<O>, service);
    },
  };
}
