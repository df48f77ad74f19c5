/**
 * The same functions under Google's functions-framework: `npx functions-framework --target=list-runs`.
 * For trying and for platforms that bring it along; the image uses the lean host of main.ts.
 */
import { http } from '@google-cloud/functions-framework';
import apiDocs from './functions/api-docs.ts';
import audit from './functions/audit.ts';
import backfills from './functions/backfills.ts';
import calendar from './functions/calendar.ts';
import page from './functions/console.ts';
import controlRuns from './functions/control-runs.ts';
import deadLetters from './functions/dead-letters.ts';
import diffRuns from './functions/diff-runs.ts';
import getRun from './functions/get-run.ts';
import listRuns from './functions/list-runs.ts';
import logs from './functions/logs.ts';
import metrics from './functions/metrics.ts';
import notify from './functions/notify.ts';
import operations from './functions/operations.ts';
import pipelines from './functions/pipelines.ts';
import replayDeadLetters from './functions/replay-dead-letters.ts';
import reports from './functions/reports.ts';
import retention from './functions/retention.ts';
import runPipeline from './functions/run-pipeline.ts';
import schedules from './functions/schedules.ts';
import streamLogs from './functions/stream-logs.ts';
import sweep from './functions/sweep.ts';
import trigger from './functions/trigger.ts';
import upkeep from './functions/upkeep.ts';
import writeLogs from './functions/write-logs.ts';
import { loadConfig } from './lib/config.ts';
import { respond } from './lib/http/framework-bridge.ts';
import { probes } from './lib/http/probes.ts';
import { type FunctionModule, router } from './lib/http/router.ts';
import { createService } from './lib/http/service.ts';

const functions: Record<string, FunctionModule> = {
  'api-docs': apiDocs,
  audit,
  backfills,
  calendar,
  console: page,
  'control-runs': controlRuns,
  'dead-letters': deadLetters,
  'diff-runs': diffRuns,
  'get-run': getRun,
  'list-runs': listRuns,
  logs,
  metrics,
  notify,
  operations,
  'replay-dead-letters': replayDeadLetters,
  pipelines,
  reports,
  'run-pipeline': runPipeline,
  retention,
  schedules,
  'stream-logs': streamLogs,
  sweep,
  trigger,
  upkeep,
  'write-logs': writeLogs,
};

for (const [name, { routes }] of Object.entries(functions)) {
  let handler: ReturnType<typeof router> | undefined;
  http(name, async (request, reply) => {
    if (!handler) {
      const service = createService(loadConfig());
      handler = router([...routes, ...probes(service)], service);
    }
    await respond(handler, request, reply);
  });
}
