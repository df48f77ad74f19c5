import { destination, type Logger, pino } from 'pino';
import type { Config } from '../config.ts';
import { type Db, openRunLog } from '../db/connect.ts';
import type { Jobs } from '../jobs/open.ts';
import { capturing } from '../logs/capture.ts';
import { type PipelineLevels, pipelineLevels } from '../logs/pipeline-levels.ts';
import { describeError } from '../logs/redact.ts';
import { redactLine } from '../logs/redact-json.ts';
import { type LogWriter, openLogWriter } from '../logs/writer.ts';
import type { Pipeline } from '../pipeline/options.ts';
import { openReports, type Reports } from '../reports/open.ts';

/** What a function is given beside its request: settings, RunLog, a log, and the manners of the host. */
export type Service = {
  config: Config;
  log: Logger;
  /** RunLog; connects at the first query. */
  readonly runlog: Db;
  /** The one way of lines into the table `logs`; what waits is stored before the pools close. */
  readonly logs: LogWriter;
  /** How much is kept of what pipelines log. */
  levels: PipelineLevels;
  /** The report database as people read it; connects at the first query. */
  readonly reports: Reports;
  /** The Jobs of the cluster; the client is loaded at the first call. */
  jobs(): Promise<Jobs>;
  /** What the files in pipelines/ define; read at the first call. */
  pipelines(): Promise<readonly Pipeline[]>;
  /** Aborted when the host has been asked to stop: finish or checkpoint. */
  draining: AbortSignal;
  /** At the first call how old the process is, and how long it could have worked, in ms; undefined at any other. */
  firstWork(): { age: number; ready: number } | undefined;
  /** Work that goes on after its answer; the host waits for it before it ends. */
  inFlight(work: Promise<unknown>): void;
};

export type ServiceHandle = Service & {
  /** The same log on stdout alone, for what is told in the table by other words. */
  plain: Logger;
  /** Stops taking new work, waits for what is in flight (at most `patience` ms), closes the pools. */
  drain(patience: number): Promise<void>;
};

/** Logs as JSON lines; errors without secrets and row values. With `kept` they go to the table `logs`, too. */
export function makeLog(config: Config, stream: 1 | 2 = 1, kept?: () => LogWriter): Logger {
  const options = {
    level: config.logLevel,
    base: { service: config.service },
    errorKey: 'error',
    serializers: { error: describeError },
    hooks: { streamWrite: redactLine },
  };
  const out = destination({ dest: stream, sync: true });
  return pino(options, kept ? capturing(out, kept) : out);
}

/** The same surroundings with a log whose lines also name these. */
export function withLog(service: Service, bindings: Record<string, unknown>): Service {
  let log: Logger | undefined;
  const get = () => {
    log ??= service.log.child(bindings);
    return log;
  };
  return Object.create(service, { log: { get } });
}

/** Makes the surroundings of one Knative Service. Nothing connects until it is used. */
export function createService(
  config: Config,
  parts: { log?: Logger; stream?: 1 | 2; pipelines?: readonly Pipeline[] } = {},
): ServiceHandle {
  const stop = new AbortController();
  const going = new Set<Promise<unknown>>();
  let db: Db | undefined;
  let logs: LogWriter | undefined;
  let reports: Reports | undefined;
  let jobs: Promise<Jobs> | undefined;
  let loaded: Promise<readonly Pipeline[]> | undefined;
  const madeAt = performance.now();
  let hasWorked = false;
  const levels = pipelineLevels();
  const plain = parts.log ?? makeLog(config, parts.stream);
  const logger = parts.log || !config.runlogUrl ? plain : makeLog(config, parts.stream, () => openLogs());
  const openDb = () => {
    if (!config.runlogUrl) throw new Error('RUNLOG_DB_URL is not set: say where RunLog is.');
    db ??= openRunLog(config.runlogUrl, { name: `kubescribe ${config.service}` });
    return db;
  };
  const openLogs = () => {
    // What is wrong with the table is told on stdout alone: else each such line would be the next one's trouble.
    const onTrouble = (error: unknown) => plain.warn({ error }, 'log lines are waiting');
    const { service, logFolder: folder, runLines: budget } = config;
    logs ??= openLogWriter(openDb(), { service, onTrouble, level: levels.of, folder, budget });
    return logs;
  };
  return {
    config,
    log: logger,
    plain,
    levels,
    draining: stop.signal,
    get runlog() {
      return openDb();
    },
    get logs() {
      return openLogs();
    },
    get reports() {
      if (!config.reportUrl) throw new Error('REPORT_DB_URL is not set: say where the reports are.');
      reports ??= openReports(config.reportUrl, `kubescribe ${config.service}`);
      return reports;
    },
    jobs() {
      jobs ??= import('../jobs/open.ts').then(({ openJobs }) => openJobs(config));
      return jobs;
    },
    pipelines() {
      const { pipelines } = parts;
      if (pipelines)
        return import('../pipeline/with-reconciles.ts').then(({ withReconciles }) =>
          withReconciles(pipelines),
        );
      loaded ??= import('../pipeline/load.ts')
        .then(({ loadPipelines }) => loadPipelines(config.pipelines))
        .catch((error: unknown) => {
          const facts = { error: describeError(error).message, config_file: config.pipelines };
          if (config.runlogUrl) openLogs().logSystem('error', 'Configuration validation failed', facts);
          throw error;
        });
      return loaded;
    },
    firstWork() {
      if (hasWorked) return undefined;
      hasWorked = true;
      const age = performance.now();
      return { age, ready: age - madeAt };
    },
    inFlight(work) {
      const settled = work
        .catch((error) => logger.error({ error }, 'work after the answer failed'))
        .finally(() => going.delete(settled));
      going.add(settled);
    },
    async drain(patience) {
      stop.abort(new Error('the host is stopping'));
      const timer = AbortSignal.timeout(patience);
      const late = new Promise((resolve) => timer.addEventListener('abort', resolve, { once: true }));
      while (going.size > 0 && !timer.aborted) await Promise.race([Promise.all(going), late]);
      await logs?.close();
      await Promise.all([db?.destroy(), reports?.close()]);
    },
  };
}
