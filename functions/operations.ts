/** Tells why rows were not taken as they came, and how far pipelines have read: `GET /api/v1/operations…`. Reads only. */
import { sql } from 'kysely';
import * as z from 'zod';
import {
  countOperations,
  countRunOperations,
  listOperations,
  listWatermarks as listWatermarksDoor,
} from '../lib/contract/operations.ts';
import { answerJson } from '../lib/http/answer.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { page, readPlace, TimeKey } from '../lib/http/paging.ts';
import { notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { askedRange } from '../lib/operations/asked-range.ts';
import { isLogClass, logClasses } from '../lib/operations/classes.ts';
import { countLogs, countSightings } from '../lib/operations/counts.ts';
import { checkFilter } from '../lib/operations/filter.ts';
import { listLogs, listSightings } from '../lib/operations/list.ts';
import { listWatermarks } from '../lib/operations/watermarks.ts';

const WATERMARKS = 'pipeline_watermarks';
const LogKey = z.tuple([TimeKey, z.int()]);
const SightingKey = z.tuple([z.string().regex(/^[^\0]*$/), z.int(), z.hex()]);
const NameKey = z.tuple([z.string().regex(/^[^\0]*$/)]);

async function list(
  { request, path, query }: Asked<typeof listOperations>,
  { runlog }: Service,
): Promise<Response> {
  const { limit, cursor, ...filter } = query;
  if (path.class === WATERMARKS) {
    const { pipeline, status, ...foreign } = filter;
    checkFilter(WATERMARKS, foreign);
    return watermarks(request, { pipeline, status, limit, cursor }, runlog);
  }
  if (!isLogClass(path.class)) {
    const known = [...Object.keys(logClasses), WATERMARKS].join(', ');
    throw notFound(`There is no class "${path.class.slice(0, 80)}". Known: ${known}.`);
  }
  checkFilter(path.class, filter);
  const { run_id } = filter;
  const { rows, ...neighbours } =
    run_id === undefined
      ? await listLogs(runlog, path.class, filter, { limit, place: readPlace(cursor, LogKey) })
      : await listSightings(
          runlog,
          path.class,
          { ...filter, run_id },
          { limit, place: readPlace(cursor, SightingKey) },
        );
  return page(request, rows, neighbours);
}

type WatermarksAsked = Asked<typeof listWatermarksDoor>['query'];

async function watermarks(
  request: Request,
  { limit, cursor, ...filter }: WatermarksAsked,
  runlog: Service['runlog'],
): Promise<Response> {
  const found = await listWatermarks(runlog, filter, { limit, place: readPlace(cursor, NameKey) });
  return page(request, found.watermarks, found);
}

async function count({ query }: Asked<typeof countOperations>, { runlog }: Service): Promise<Response> {
  const { rows } = await sql<{ now: Date }>`select clock() as now`.execute(runlog);
  const range = askedRange(query, rows[0]!.now);
  const { from, to, by } = range;
  return answerJson({ from, to, by, classes: await countLogs(runlog, range) });
}

const countOfRun = async ({ path }: Asked<typeof countRunOperations>, { runlog }: Service) =>
  answerJson(await countSightings(runlog, path.run_id));

export default {
  routes: [
    door(countOperations, count),
    door(listOperations, list),
    door(countRunOperations, countOfRun),
    door(listWatermarksDoor, ({ request, query }, { runlog }) => watermarks(request, query, runlog)),
  ],
} satisfies FunctionModule;
