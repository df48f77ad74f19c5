/** Takes lines of the log from outside (`POST /api/v1/logs`), and says how much of what pipelines say is kept. */
import * as promised from '../lib/contract/write-logs.ts';
import { answerJson } from '../lib/http/answer.ts';
import { callerOf } from '../lib/http/caller.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { checkPipelineName } from '../lib/http/known-pipeline.ts';
import { readLineBytes } from '../lib/http/line-body.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { readLines } from '../lib/logs/from-outside.ts';
import { setLevel } from '../lib/logs/set-level.ts';
import { takeLines } from '../lib/logs/take-lines.ts';

async function take({ request }: Asked<typeof promised.writeLogs>, service: Service): Promise<Response> {
  const { lines, fit, refused } = readLines(await readLineBytes(request, promised.MOST_LINES));

  const homeless = await takeLines(service.runlog, fit);

  const all = [...refused, ...homeless].sort((a, b) => a.line - b.line);
  return answerJson({ lines, written: lines - all.length, refused: all });
}

async function changeLevel(
  { request, path: { name }, body: { level, why } }: Asked<typeof promised.setLogLevel>,
  service: Service,
): Promise<Response> {
  await checkPipelineName(service, name);
  const wish = { ...callerOf(request, service.config), why };
  const changed = await setLevel(service.runlog, name, level, wish);
  return answerJson({ pipeline: name, level, changed });
}

export default {
  routes: [door(promised.writeLogs, take), door(promised.setLogLevel, changeLevel)],
} satisfies FunctionModule;
