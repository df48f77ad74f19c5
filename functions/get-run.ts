/** Shows one run with its tasks, progress and last lines: `GET /runs/{run_id}`. */
import { answerJson } from '../lib/http/answer.ts';
import { runIdOf, unknownRun } from '../lib/http/named-run.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { findRun } from '../lib/ledger/find-run.ts';

async function handle(
  _request: Request,
  params: Record<string, string>,
  service: Service,
): Promise<Response> {
  const runId = runIdOf(params);

  const run = await findRun(service.runlog, runId);

  if (!run) throw unknownRun(runId);
  return answerJson(run);
}

export default { routes: [{ method: 'GET', path: '/runs/:run_id', handle }] } satisfies FunctionModule;
