import * as z from 'zod';
import { IfNoneMatch } from './asked.ts';
import { operation } from './operation.ts';

const unchanged = { says: 'It is still what `If-None-Match` names.', headers: ['etag'] } as const;
const page = {
  says: 'A page for people.',
  media: 'text/html',
  headers: ['etag', 'content-security-policy', 'referrer-policy', 'x-content-type-options'],
} as const;

export const getOpenApi = operation({
  method: 'GET',
  path: '/openapi.json',
  tag: 'API',
  id: 'getOpenApi',
  summary: 'This document: OpenAPI 3.1.',
  headers: z.object({ 'if-none-match': IfNoneMatch }),
  answers: {
    200: { says: 'The document.', body: z.looseObject({ openapi: z.string() }), headers: ['etag'] },
    304: unchanged,
  },
});

export const getApiPage = operation({
  method: 'GET',
  path: '/docs',
  tag: 'API',
  id: 'getApiPage',
  summary: 'The same for people, with an example of each door in curl.',
  headers: z.object({ 'if-none-match': IfNoneMatch }),
  answers: { 200: page, 304: unchanged },
});

export const listProblems = operation({
  method: 'GET',
  path: '/problems',
  tag: 'API',
  id: 'listProblems',
  summary: 'Every type of problem, what it means, and what to do.',
  answers: { 200: page },
});

export const getProblem = operation({
  method: 'GET',
  path: '/problems/:name',
  tag: 'API',
  id: 'getProblem',
  summary: 'One type of problem: where the `type` of each problem leads.',
  segments: z.object({ name: z.string().meta({ example: 'run-skipped' }) }),
  answers: { 200: page, 404: { says: 'There is no such problem.' } },
});
