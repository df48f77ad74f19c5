/** Shows what there is to run: `GET /pipelines`, `GET /pipelines/{name}`. */
import * as z from 'zod';
import { listPipelines, showPipeline } from '../lib/catalogue/catalogue.ts';
import * as promised from '../lib/contract/pipelines.ts';
import { answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { checkPipelineName } from '../lib/http/known-pipeline.ts';
import { page, readPlace } from '../lib/http/paging.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { unlessKnown } from '../lib/http/unless-known.ts';

const Key = z.string();

async function list(asked: Asked<typeof promised.listPipelines>, service: Service): Promise<Response> {
  const { limit, cursor } = asked.query;
  const place = readPlace(cursor, Key);

  const { entries, ...neighbours } = await listPipelines(service, limit, place);

  return unlessKnown(asked.headers['if-none-match'], page(asked.request, entries, neighbours));
}

async function show(asked: Asked<typeof promised.getPipeline>, service: Service): Promise<Response> {
  const { name } = asked.path;
  await checkPipelineName(service, name);

  const entry = await showPipeline(service, name);

  return unlessKnown(asked.headers['if-none-match'], answerJson(entry));
}

export default {
  routes: [door(promised.listPipelines, list), door(promised.getPipeline, show)],
} satisfies FunctionModule;
