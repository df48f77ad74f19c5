import { Problem } from '../lib/contract/problem.ts';
import { redact } from '../lib/logs/redact.ts';

/** The server answered with a problem. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: Problem | undefined;
  constructor(message: string, status: number, problem: Problem | undefined) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

/** What a bad answer says, in one sentence. */
export function refused(url: string, { status, statusText }: Response, body: unknown): Refused {
  const { data: problem } = Problem.safeParse(body);
  if (problem) return new Refused(sentence(problem), status, problem);
  return new Refused(`${redact(url)} answered ${status} ${statusText}: is it KubeScribe?`, status, problem);
}

function sentence({ title, detail, errors = [] }: Problem): string {
  const faults = errors.map(({ pointer, parameter, header, detail }) =>
    `${pointer ?? parameter ?? header ?? ''} ${detail}`.trim(),
  );
  return [detail ? `${title}: ${detail}` : title, faults.join('; ')].filter(Boolean).join(' ');
}
