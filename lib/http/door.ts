import type * as z from 'zod';
import type { Operation } from '../contract/operation.ts';
import { readHeaders, readQuery, readSegments } from './read-parameters.ts';
import type { Route } from './router.ts';
import type { Service } from './service.ts';
import { readWish } from './wish.ts';

type Part<O, Name extends string> = O extends { [name in Name]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** A request, read by the contract of its door. */
export type Asked<O extends Operation> = {
  request: Request;
  /** What stands in the path. */
  path: Part<O, 'segments'>;
  query: Part<O, 'query'>;
  headers: Part<O, 'headers'>;
  body: Part<O, 'body'>;
};

/** What is read while it runs, when types are gone. */
type Read = Record<Exclude<keyof Asked<Operation>, 'request'>, unknown> & { request: Request };

type Handle<A> = (asked: A, service: Service) => Promise<Response>;

/** The route of an operation: every part is what the contract says, or the answer is a 400 that names each fault. */
export function door<O extends Operation>(operation: O, handle: Handle<Asked<O>>): Route;
export function door(operation: Operation, handle: Handle<Read>): Route {
  const { method, path, segments, query, headers, body } = operation;
  return {
    method,
    path,
    async handle(request, params, service) {
      const asked = {
        request,
        path: segments && readSegments(params, segments),
        query: query && readQuery(request, query),
        headers: headers && readHeaders(request, headers),
        body: body && (await readWish(request, body)),
      };
      return handle(asked, service);
    },
  };
}
