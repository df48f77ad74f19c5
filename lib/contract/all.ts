/** Every door of the HTTP API: what the OpenAPI document is written from, and answers in tests are checked by. */
import { getApiPage, getOpenApi, getProblem, listProblems } from './api-docs.ts';
import { cancelRun, replayRun, resumeRun, triggerRun } from './ask-for-runs.ts';
import { listAudit } from './audit.ts';
import { cancelBackfill, getBackfill, listBackfills, startBackfill } from './backfills.ts';
import { readCalendar } from './calendar.ts';
import { getDeadLetter, listDeadLetters, replayDeadLetter, replayDeadLetters } from './dead-letters.ts';
import { diffRuns } from './diff-runs.ts';
import { getRun } from './get-run.ts';
import { listRuns } from './list-runs.ts';
import { getLogMetrics } from './log-metrics.ts';
import { getStreamStatus, openLogSocket, streamLogs } from './log-stream.ts';
import { downloadLogs, listLogs, listRunLogs, listSystemLogs, listTaskLogs, listTypeLogs } from './logs.ts';
import { cancelRuns, replayRuns } from './many-runs.ts';
import { getMetrics } from './metrics.ts';
import { countOperations, countRunOperations, listOperations, listWatermarks } from './operations.ts';
import { getPassport } from './passport.ts';
import { getPipeline, listPipelines } from './pipelines.ts';
import { listReports, readReport } from './reports.ts';
import { listRetention, listTables, setRetention, setTableLimit } from './retention.ts';
import {
  getSchedule,
  listPauses,
  overrideSchedule,
  pausePipeline,
  resetSchedule,
  resumePipeline,
} from './schedules.ts';
import { resetWatermark } from './watermarks.ts';
import { setLogLevel, writeLogs } from './write-logs.ts';

export const operations = [
  triggerRun,
  listRuns,
  diffRuns,
  getRun,
  cancelRun,
  replayRun,
  resumeRun,
  cancelRuns,
  replayRuns,
  listPipelines,
  getPipeline,
  resetWatermark,
  getSchedule,
  overrideSchedule,
  resetSchedule,
  pausePipeline,
  resumePipeline,
  listPauses,
  listAudit,
  readCalendar,
  startBackfill,
  listBackfills,
  getBackfill,
  cancelBackfill,
  listDeadLetters,
  getDeadLetter,
  replayDeadLetter,
  replayDeadLetters,
  getOpenApi,
  getApiPage,
  listProblems,
  getProblem,
  streamLogs,
  openLogSocket,
  getStreamStatus,
  listRunLogs,
  listTaskLogs,
  listSystemLogs,
  listTypeLogs,
  listLogs,
  downloadLogs,
  getLogMetrics,
  writeLogs,
  setLogLevel,
  listReports,
  readReport,
  getPassport,
  countOperations,
  listOperations,
  countRunOperations,
  listWatermarks,
  listRetention,
  setRetention,
  listTables,
  setTableLimit,
  getMetrics,
] as const;
