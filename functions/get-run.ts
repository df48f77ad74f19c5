/** Shows one run with its tasks, progress and last lines: `GET /runs/{run_id}`. */
import { getRun as promised } from '../lib/contract/get-run.ts';
import { answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { unknownRun } from '../lib/http/named-run.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { unlessKnown } from '../lib/http/unless-known.ts';
import { findRun } from '../lib/ledger/find-run.ts';

async function show({ path, headers }: Asked<typeof promised>, service: Service): Promise<Response> {
  const run = await findRun(service.runlog, path.run_id);

  if (!run) throw unknownRun(path.run_id);
  return unlessKnown(headers['if-none-match'], answerJson(run));
}

export default { routes: [door(promised, show)] } satisfies FunctionModule;
