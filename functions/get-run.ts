/** Shows one run with its tasks, progress and last lines: `GET /runs/{run_id}`. */
import * as z from 'zod';
import { answerJson } from '../lib/http/answer.ts';
import { badRequest, notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { findRun } from '../lib/ledger/find-run.ts';

const RunId = z.guid();

async function handle(
  _request: Request,
  params: Record<string, string>,
  service: Service,
): Promise<Response> {
  const id = RunId.safeParse(params.run_id);
  if (!id.success) throw badRequest(`"${params.run_id?.slice(0, 80)}" is no run id: it must be a UUID.`);

  const run = await findRun(service.runlog, id.data);

  if (!run) throw notFound(`There is no run ${id.data}, and none was asked for under this id.`);
  return answerJson(run);
}

export default { routes: [{ method: 'GET', path: '/runs/:run_id', handle }] } satisfies FunctionModule;
