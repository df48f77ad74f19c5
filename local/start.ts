/** Starts the parts in their order: databases, demo, mail, functions and the platform that calls them. */
import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { accountOf } from '../lib/audit/account.ts';
import { commit } from '../lib/boundary.ts';
import { type Config, loadConfig } from '../lib/config.ts';
import { forgetSends } from '../lib/events/outbox.ts';
import { relay } from '../lib/events/relay.ts';
import { createService, makeLog } from '../lib/http/service.ts';
import { announceStart } from '../lib/logs/announce.ts';
import type { Pipeline } from '../lib/pipeline/options.ts';
import { declare } from '../lib/requests/declare.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { Announcer, Ready } from './announce.ts';
import { migrateDatabases, secretsOf, startDatabases } from './databases.ts';
import { startArrivals } from './demo/arrivals.ts';
import { loadDemo } from './demo/load.ts';
import { createReportTables } from './demo/report-tables.ts';
import { askForStory } from './demo/story.ts';
import { functionHost } from './hosted-functions.ts';
import { childPod } from './kubernetes/child-pod.ts';
import { startJobsApi } from './kubernetes/jobs-api.ts';
import { POD_TEMPLATE, readPodTemplate } from './kubernetes/pod-template.ts';
import { startMailCatcher } from './mail-catcher.ts';
import { ownCode } from './own-code.ts';
import { startPlatform } from './platform.ts';
import { refuseEarly } from './refuse-early.ts';
import type { OnStop } from './stopper.ts';

const SECOND = 1000;
/** With PostgreSQL's own stop this stays below the 10 s that a stop may take. */
const DRAIN = 8 * SECOND;
const BROKER = ['kubescribe', 'default'] as const;
const STDERR = 2;

export type StartOptions = { once: boolean; fresh: boolean; demo: boolean; manifests: string };

/** Starts everything; what is started is undone by `onStop`. */
export async function start(config: Config, options: StartOptions, tell: Announcer, onStop: OnStop) {
  const began = performance.now();
  const home = resolve(config.home);
  const pipelines = await refuseEarly(config, options.manifests);
  const { urls, embedded, demo } = await startData({ ...config, home }, options, tell, onStop);

  const mail = config.smtpUrl
    ? undefined
    : await startMailCatcher({ home, host: '127.0.0.1', fresh: options.fresh });
  if (mail) onStop(mail.stop);
  const smtp = config.smtpUrl ?? mail?.url ?? '';

  const settings = loadConfig({ RUNLOG_DB_URL: urls.runlog, K_SERVICE: 'platform', LOG_LEVEL: 'warn' });
  const log = makeLog(settings, STDERR);
  const service = createService(settings, { log });
  const { runlog } = service;
  onStop(() => service.drain(SECOND));
  const declared = options.demo ? pipelines : pipelines.map(withoutDemo);
  await declare(runlog, declared, 'local', accountOf('make run'));
  if (demo && !options.once) await askForStory(runlog, pipelines);

  const code = config.code ?? (await ownCode());
  const jobs = await startJobsApi({
    template: readPodTemplate(options.manifests),
    start: (job) => [childPod(job, functions.environmentOf('run-pipeline'))],
  });
  const functions = functionHost(
    { ...(await secretsOf(urls, embedded)), 'kubescribe-smtp': smtp },
    ({ origin }) => ({
      PUBLIC_URL: config.publicUrl ?? origin,
      KUBESCRIBE_PIPELINES: config.pipelines,
      KUBESCRIBE_LOGS: config.logFolder ?? join(home, 'logs'),
      LOG_LEVEL: 'warn',
      KUBESCRIBE_CODE: code,
      KUBESCRIBE_JOBS: jobs.url,
      HOSTNAME: config.instance ?? hostname(),
      ...givenByPerson(config),
    }),
  );
  const platform = await tell.timed(
    'Manifests',
    ({ services, ignored }) => `${services.length} services, ${ignored.length} other resources ignored`,
    () =>
      startPlatform({
        manifests: options.manifests,
        port: config.port,
        bindExplicit: config.portIsExplicit,
        host: functions.host,
        log,
        ticks: !options.once,
        patience: DRAIN,
        extraRoutes: mail && ((request) => mailRoutes(mail, request)),
      }),
  );
  if (config.port !== 0 && platform.port !== config.port)
    tell.note(`port ${config.port} is busy: using ${platform.port}`);
  const announceStop = await announceStart(service, { port: platform.port, version: packageJson.version });
  onStop(async () => announceStop());
  // Functions checkpoint while their deliveries are still waited for.
  onStop(() => Promise.all([functions.drain(DRAIN), platform.stop(), soon(jobs.stop(), DRAIN)]));
  const ignored = platform.ignored.filter(({ kind }) => kind !== POD_TEMPLATE);
  for (const [kind, resources] of Map.groupBy(ignored, ({ kind }) => kind))
    tell.note(`ignored: ${kind} ${resources.map(({ name }) => name).join(', ')}`);

  const broker = config.broker ?? platform.brokerUrl(...BROKER);
  const started = { runlog, config: { broker }, log, pipelines, url: platform.url };
  // The Broker of an earlier start took its events along; nothing waits for the first tick.
  await commit('forget-sends', runlog, forgetSends);
  if (options.once) return started;
  await relay(started);
  const ready: Ready = { url: platform.url, broker, mail: `${platform.url}/mail`, smtp, databases: urls };
  await leaveNote(home, ready, onStop);
  if (demo) onStop(startArrivals(urls.prod, { log: tell.note }).stop);
  const seconds = (performance.now() - began) / SECOND;
  tell.ready(ready, { home, seconds, next: platform.nextTicks()[0] });
  return started;
}

/** Waits no longer than that. */
const soon = (work: Promise<unknown>, limit: number) =>
  Promise.race([work, wait(limit, undefined, { ref: false })]);

/** What the shell sets is stronger than the manifests' settings. */
function givenByPerson({
  broker,
  callerHeader,
  reportTables,
  notifyTo,
  notifyFrom,
}: Config): Record<string, string> {
  return {
    ...(broker && { K_SINK: broker }),
    ...(callerHeader && { KUBESCRIBE_CALLER_HEADER: callerHeader }),
    ...(reportTables.length > 0 && { KUBESCRIBE_REPORT_TABLES: reportTables.join(',') }),
    ...(notifyTo.length > 0 && { NOTIFY_TO: notifyTo.join(',') }),
    ...(notifyFrom !== loadConfig({}).notifyFrom && { NOTIFY_FROM: notifyFrom }),
  };
}

/** The databases, migrated, and filled with the demo where production is our own. */
async function startData(config: Config, options: StartOptions, tell: Announcer, onStop: OnStop) {
  const { urls, embedded, stop } = await tell.timed(
    'Databases',
    ({ version, embedded }) => (version ? `PostgreSQL ${version}: ${embedded.join(', ')}` : 'all by URL'),
    () => startDatabases(config, { fresh: options.fresh, log: tell.note }),
  );
  onStop(stop);
  const demo = options.demo && embedded.includes('prod');
  const migrated = tell.timed(
    'Migrations',
    (applied) => (applied > 0 ? `${applied} applied` : 'nothing to do'),
    () => migrateDatabases(urls),
  );
  const loaded = tell.timed(
    'Demo data',
    (rows) =>
      rows > 0 ? `${rows.toLocaleString('en')} rows of a market feed` : demo ? 'there already' : 'none',
    async () => (demo ? loadDemo(urls.prod) : 0),
  );
  await Promise.all([migrated, loaded]);
  if (demo && embedded.includes('report')) await createReportTables(urls.report);
  return { urls, embedded, demo };
}

/** Without the demo its pipeline stays, and runs only when asked. */
const withoutDemo = (pipeline: Pipeline) =>
  pipeline.name === 'market-bars' ? { ...pipeline, schedule: undefined } : pipeline;

/** Tells the command line where the server is, as long as it is. */
async function leaveNote(home: string, ready: Ready, onStop: OnStop): Promise<void> {
  const note = join(home, 'local.json');
  await writeFile(note, JSON.stringify(ready), { mode: 0o600 });
  onStop(() => rm(note, { force: true }));
}

type Mail = Awaited<ReturnType<typeof startMailCatcher>>;

function mailRoutes(mail: Mail, request: Request): Promise<Response> | undefined {
  const { pathname } = new URL(request.url);
  return pathname === '/mail' || pathname.startsWith('/mail/') ? mail.handler(request) : undefined;
}
