/** Reads the log: lists, the lines around one, a file of all, figures: `GET /api/v1/logs…`. Reads only. */
import { LogType } from '../lib/contract/log-line.ts';
import { getLogMetrics } from '../lib/contract/log-metrics.ts';
import * as promised from '../lib/contract/logs.ts';
import { answerJson } from '../lib/http/answer.ts';
import { answerAround, answerLines, readLinePlace } from '../lib/http/answer-lines.ts';
import { type Asked, door } from '../lib/http/door.ts';
import { unknownRun } from '../lib/http/named-run.ts';
import { notFound } from '../lib/http/problem.ts';
import type { FunctionModule } from '../lib/http/router.ts';
import type { Service } from '../lib/http/service.ts';
import { openLogDownload } from '../lib/logs/download.ts';
import { isTask, isWish } from '../lib/logs/known.ts';
import { readLogMetrics } from '../lib/logs/metrics.ts';

const listRun = ({ path, query, ...asked }: Asked<typeof promised.listRunLogs>, { runlog }: Service) =>
  answerLines(runlog, { ...asked, query: { ...query, ...path } }, async () => {
    if (!(await isWish(runlog, path.job_run_id))) throw unknownRun(path.job_run_id);
  });

const listTask = ({ path, query, ...asked }: Asked<typeof promised.listTaskLogs>, { runlog }: Service) =>
  answerLines(runlog, { ...asked, query: { ...query, ...path } }, async () => {
    if (!(await isTask(runlog, path.task_run_id))) throw notFound(`No run has a task ${path.task_run_id}.`);
  });

async function listType(
  { path, query, ...asked }: Asked<typeof promised.listTypeLogs>,
  { runlog }: Service,
): Promise<Response> {
  const type = LogType.safeParse(path.type);
  if (type.success) return answerLines(runlog, { ...asked, query: { ...query, type: type.data } });
  throw notFound(`There is no type "${path.type.slice(0, 80)}". Known: ${LogType.options.join(', ')}.`);
}

async function listAll({ query, ...asked }: Asked<typeof promised.listLogs>, { runlog }: Service) {
  const { around, ...list } = query;
  if (around === undefined) return answerLines(runlog, { ...asked, query: list });
  return answerAround(runlog, { ...asked, around, limit: query.limit });
}

async function download({ query }: Asked<typeof promised.downloadLogs>, service: Service): Promise<Response> {
  const { format, order, limit, cursor, ...filter } = query;
  const [place, signal] = [readLinePlace(cursor), service.draining];

  const file = await openLogDownload(service.runlog, filter, { order, place, format, limit, signal });

  const whose = filter.task_run_id ?? filter.job_run_id ?? filter.type;
  const [media, ending] =
    format === 'text' ? ['text/plain; charset=utf-8', 'log'] : ['application/x-ndjson', 'ndjson'];
  return new Response(file, {
    headers: {
      'content-type': media,
      'content-disposition': `attachment; filename="logs${whose ? `-${whose}` : ''}.${ending}"`,
      'x-content-type-options': 'nosniff',
    },
  });
}

export default {
  routes: [
    door(promised.listRunLogs, listRun),
    door(promised.listTaskLogs, listTask),
    door(promised.listSystemLogs, ({ query, ...asked }, { runlog }) =>
      answerLines(runlog, { ...asked, query: { ...query, type: 'system' } }),
    ),
    door(promised.listTypeLogs, listType),
    door(promised.listLogs, listAll),
    door(promised.downloadLogs, download),
    door(getLogMetrics, async (_, { runlog }) => answerJson(await readLogMetrics(runlog))),
  ],
} satisfies FunctionModule;
