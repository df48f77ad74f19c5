import type { resetWatermark as promised } from '../contract/watermarks.ts';
import { resetWatermark } from '../requests/reset-watermark.ts';
import { answerJson } from './answer.ts';
import { callerOf } from './caller.ts';
import type { Asked } from './door.ts';
import { knownPipeline } from './known-pipeline.ts';
import { HttpProblem } from './problem.ts';
import type { Service } from './service.ts';

/** Writes down the wish that a pipeline reads everything again; one that brings nothing by windows has no watermark. */
export async function answerReset(
  { request, path, body: { why } }: Asked<typeof promised>,
  service: Service,
): Promise<Response> {
  const { name, tasks, reconciles } = await knownPipeline(service, path.name);
  if (reconciles !== undefined || !tasks.some(({ spec }) => spec?.kind === 'ingest'))
    throw new HttpProblem({ status: 422, title: 'No watermark', detail: `"${name}" has no ingest.` });
  const done = await resetWatermark(service.runlog, name, { ...callerOf(request, service.config), why });
  return answerJson({ pipeline: name, to: 'full', ...done });
}
