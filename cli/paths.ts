/** The doors as `openapi-fetch` wants their types: derived from the contract, so that nothing is generated. */
import type * as z from 'zod';
import type { operations } from '../lib/contract/all.ts';
import type { Operation } from '../lib/contract/operation.ts';

type Door = (typeof operations)[number];

type Templated<P extends string> = P extends `${infer A}:${infer Name}/${infer Rest}`
  ? `${A}{${Name}}/${Templated<Rest>}`
  : P extends `${infer A}:${infer Name}`
    ? `${A}{${Name}}`
    : P;

type Part<O, Name extends string> = O extends { [name in Name]: infer S extends z.ZodType } ? S : never;
type Params<S, Name extends string> = [S] extends [never]
  ? { [name in Name]?: never }
  : Partial<z.input<S>> extends z.input<S>
    ? { [name in Name]?: z.input<S> }
    : { [name in Name]: z.input<S> };

type Answers<O extends Operation> = {
  [Status in keyof O['answers']]: O['answers'][Status] extends { body: infer B extends z.ZodType }
    ? { content: { 'application/json': z.output<B> } }
    : { content?: never };
};

type Described<O extends Operation> = {
  parameters: Params<Part<O, 'segments'>, 'path'> &
    Params<Part<O, 'query'>, 'query'> &
    Params<Part<O, 'headers'>, 'header'>;
  responses: Answers<O>;
} & ([Part<O, 'body'>] extends [never]
  ? { requestBody?: never }
  : { requestBody: { content: { 'application/json': z.input<Part<O, 'body'>> } } });

export type Paths = {
  [P in Door['path'] as Templated<P>]: {
    [O in Extract<Door, { path: P }> as Lowercase<O['method']>]: Described<O>;
  };
};

/** What a door answers under a status. */
export type Told<Id extends Door['id'], Status extends number> = Extract<
  Door,
  { id: Id }
>['answers'] extends infer A
  ? Status extends keyof A
    ? A[Status] extends { body: infer B extends z.ZodType }
      ? z.output<B>
      : never
    : never
  : never;
