import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { redact } from './logs/redact.ts';

/** The folder that holds pipelines/ and migrations/: the project's own, or the image's. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const url = (what: string, protocols: string[]) =>
  z
    .string()
    .refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)) && URL.canParse(text), {
      error: () => `is no ${what} URL (it begins ${protocols.map((p) => `${p}://`).join(' or ')})`,
    });
const postgres = url('PostgreSQL', ['postgres', 'postgresql']);

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  KUBESCRIBE_HOME: z.string().default('.kubescribe'),
  RUNLOG_DB_URL: postgres.optional(),
  OPSLOG_DB_URL: postgres.optional(),
  PROD_DB_URL: postgres.optional(),
  REPORT_DB_URL: postgres.optional(),
  SCRATCH_DB_URL: postgres.optional(),
  SMTP_URL: url('SMTP', ['smtp', 'smtps']).optional(),
  K_SINK: url('Broker', ['http', 'https']).optional(),
  K_SERVICE: z.string().optional(),
  K_REVISION: z.string().optional(),
  KUBESCRIBE_CODE: z.string().optional(),
  KUBESCRIBE_REPORT_TABLES: z.string().default(''),
  HOSTNAME: z.string().optional(),
  FUNCTION_TARGET: z.string().default(''),
  PUBLIC_URL: url('web', ['http', 'https']).optional(),
  KUBESCRIBE_CALLER_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, 'is no name of a header')
    .optional(),
  NOTIFY_TO: z.string().default(''),
  NOTIFY_FROM: z.string().default('KubeScribe <kubescribe@localhost>'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  KUBESCRIBE_PIPELINES: z.string().optional(),
  KUBESCRIBE_ARCHIVE: z.string().optional(),
  KUBESCRIBE_LOGS: z.string().optional(),
  KUBESCRIBE_RUN_LINES: z.coerce.number().int().min(1).optional(),
  KUBESCRIBE_JOBS: z
    .union([z.literal('cluster'), url('API server', ['http', 'https'])], {
      error: () => "is neither 'cluster' nor the URL of an API server",
    })
    .optional(),
  KUBESCRIBE_NAMESPACE: z.string().default('kubescribe'),
  KUBESCRIBE_JOB: z.string().optional(),
  CI: z.string().optional(),
  KUBESCRIBE_CRASH: z.string().optional(),
});

/** What the environment says, read once and frozen. */
export type Config = Readonly<{
  port: number;
  portIsExplicit: boolean;
  home: string;
  runlogUrl: string | undefined;
  prodUrl: string | undefined;
  reportUrl: string | undefined;
  /** The server on which backups are tried out; undefined: RunLog's. */
  scratchUrl: string | undefined;
  /** Tables of the report database that people may read beside those that pipelines write. */
  reportTables: readonly string[];
  smtpUrl: string | undefined;
  broker: string | undefined;
  service: string;
  /** Knative's name of what runs, ours of the code in it, and the pod's own. */
  revision: string | undefined;
  code: string | undefined;
  instance: string | undefined;
  targets: readonly string[];
  publicUrl: string | undefined;
  /** The header in which the door in front names who calls; undefined: nobody is named. */
  callerHeader: string | undefined;
  notifyTo: readonly string[];
  notifyFrom: string;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  source: 'k8s' | 'local' | 'ci';
  /** The folder of pipeline files. */
  pipelines: string;
  /** The folder that months of evidence are written to before they are deleted; undefined: nowhere. */
  archive: string | undefined;
  /** The folder for log lines that come while RunLog is away; undefined: they wait in memory. */
  logFolder: string | undefined;
  /** How many lines a run may log; undefined: as many as is usual. */
  runLines: number | undefined;
  /** Where Jobs are made: the cluster that we run in, or the API server at a URL; undefined: nowhere. */
  jobs: string | undefined;
  namespace: string;
  /** The Job whose pod this is, as `tellJob` says it. */
  job: string | undefined;
  crash: string | undefined;
  /** Every setting that somebody made, by name: not its value, only whether that is another. */
  settings: Readonly<Record<string, string>>;
}>;

const list = (text: string) =>
  Object.freeze(
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

/** What the platform says of each process is nobody's setting. */
const PLATFORM = new Set(
  'HOSTNAME K_SERVICE K_REVISION KUBESCRIBE_CODE KUBESCRIBE_JOB FUNCTION_TARGET CI'.split(' '),
);

const MARK = 12;

/** A password that changes changes nothing here: it is no part of what is compared. */
const markOf = (value: string) =>
  createHash('sha256').update(redact(value)).digest('base64url').slice(0, MARK);

const marksOf = (given: Record<string, string | undefined>) =>
  Object.freeze(
    Object.fromEntries(
      Object.keys(Environment.shape)
        .filter((name) => given[name] !== undefined && !PLATFORM.has(name))
        .map((name) => [name, markOf(given[name]!)]),
    ),
  );

/** The settings are wrong: its message names each variable and says why. */
export class ConfigError extends Error {
  /** The variables. */
  readonly settings: readonly string[];
  /** RunLog, when that can be told all the same. */
  readonly runlogUrl: string | undefined;
  constructor(
    message: string,
    about: { settings?: string[]; runlogUrl?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: about.cause });
    this.settings = about.settings ?? [];
    this.runlogUrl = about.runlogUrl;
  }
}

/** Reads settings from an environment; without one, from the process's own. */
export function loadConfig(env: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const faults = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(`Wrong settings: ${faults.join('; ')}.`, {
      settings: [...new Set(issues.map((issue) => issue.path.join('.')))],
      runlogUrl: postgres.safeParse(given.RUNLOG_DB_URL ?? given.OPSLOG_DB_URL).data,
    });
  }
  const e = parsed.data;
  return Object.freeze({
    port: e.PORT,
    portIsExplicit: given.PORT !== undefined,
    home: e.KUBESCRIBE_HOME,
    runlogUrl: e.RUNLOG_DB_URL ?? e.OPSLOG_DB_URL,
    prodUrl: e.PROD_DB_URL,
    reportUrl: e.REPORT_DB_URL,
    scratchUrl: e.SCRATCH_DB_URL,
    reportTables: list(e.KUBESCRIBE_REPORT_TABLES),
    smtpUrl: e.SMTP_URL,
    broker: e.K_SINK,
    service: e.K_SERVICE ?? e.FUNCTION_TARGET,
    revision: e.K_REVISION,
    code: e.KUBESCRIBE_CODE,
    instance: e.HOSTNAME,
    targets: list(e.FUNCTION_TARGET),
    publicUrl: e.PUBLIC_URL,
    callerHeader: e.KUBESCRIBE_CALLER_HEADER,
    notifyTo: list(e.NOTIFY_TO),
    notifyFrom: e.NOTIFY_FROM,
    logLevel: e.LOG_LEVEL,
    source: e.K_REVISION ? 'k8s' : e.CI ? 'ci' : 'local',
    pipelines: e.KUBESCRIBE_PIPELINES ?? join(ROOT, 'pipelines'),
    archive: e.KUBESCRIBE_ARCHIVE,
    logFolder: e.KUBESCRIBE_LOGS,
    runLines: e.KUBESCRIBE_RUN_LINES,
    jobs: e.KUBESCRIBE_JOBS,
    namespace: e.KUBESCRIBE_NAMESPACE,
    job: e.KUBESCRIBE_JOB,
    crash: e.KUBESCRIBE_CRASH,
    settings: marksOf(given),
  });
}

/** The process's environment with something more, for a program that it starts. */
export const environmentWith = (more: Record<string, string>) => ({ ...process.env, ...more });
