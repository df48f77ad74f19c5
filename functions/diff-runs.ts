/** Shows two runs side by side: `GET /runs/{run_id}/diff/{run_id}`, or `…/diff/last-success`. */
import { diffRuns as promised } from '../lib/contract/diff-runs.ts';
import { answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { unknownRun } from '../lib/http/named-run.ts';
import { notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { diffAgainst } from '../lib/ledger/diff-runs.ts';

async function compare({ path }: Asked<typeof promised>, { runlog }: Service): Promise<Response> {
  const { run_id, against } = path;
  const found = await diffAgainst(runlog, run_id, against);
  if (found.is === 'unknown') throw unknownRun(found.runId);
  if (found.is === 'no success') throw notFound(`No run of the lane of ${run_id} succeeded before it.`);
  return answerJson(found.diff);
}

export default { routes: [door(promised, compare)] } satisfies FunctionModule;
