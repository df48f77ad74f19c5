/** The run that a path names, and what is answered where it is not there or not in a state for what is wished. */
import { HttpProblem, notFound } from './problem.ts';

export const unknownRun = (runId: string) =>
  notFound(`There is no run ${runId}, and none was asked for under this id.`);

/** The run is there, but `why`. */
export const notPossible = (runId: string, why: string) =>
  new HttpProblem({
    status: 409,
    title: 'Not possible for this run',
    detail: `Run ${runId} ${why}.`,
    more: { run: `/runs/${runId}` },
    headers: { location: `/runs/${runId}` },
  });
