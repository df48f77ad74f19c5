/** RFC 9457 problem documents: the one shape of every error that leaves us. */
import type { ProblemTitle } from '../contract/problems.ts';
import { answer } from './answer.ts';

export type Problem = {
  status: number;
  /** Its type: one of those that lib/contract/problems.ts describes. */
  title: ProblemTitle;
  detail?: string | undefined;
  /** Extension members; names in [a-z_]. */
  more?: Record<string, unknown>;
  headers?: Record<string, string>;
};

/** Thrown by a handler to answer with a problem; what happened and what to do stand in `detail`. */
export class HttpProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail ?? problem.title, options);
    this.problem = problem;
  }
}

export const badRequest = (detail: string, more?: Record<string, unknown>) =>
  new HttpProblem({ status: 400, title: 'Bad request', detail, ...(more && { more }) });

export const notFound = (detail: string) => new HttpProblem({ status: 404, title: 'Not found', detail });

/** Where a type of problem is explained. */
export const problemType = (title: ProblemTitle) =>
  `/problems/${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;

/** A problem as a response. `type` is stable for each title. */
export function problemResponse(problem: Problem, instance?: string): Response {
  const body = {
    type: problemType(problem.title),
    title: problem.title,
    status: problem.status,
    ...(problem.detail && { detail: problem.detail }),
    ...(instance && { instance }),
    ...problem.more,
  };
  return answer(JSON.stringify(body), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...problem.headers },
  });
}
