/** `make run`: everything on one machine and one port, from nothing but npm packages. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crashAt } from '../lib/boundary.ts';
import { type Config, loadConfig } from '../lib/config.ts';
import { relay } from '../lib/events/outbox.ts';
import { createService, makeLog } from '../lib/http/service.ts';
import { describeError } from '../lib/logs/redact.ts';
import { declare } from '../lib/requests/declare.ts';
import { checkNumbers } from '../lib/work/numbers.ts';
import { announcer, type Ready } from './announce.ts';
import { migrateDatabases, startDatabases } from './databases.ts';
import { startArrivals } from './demo/arrivals.ts';
import { loadDemo } from './demo/load.ts';
import { createReportTables } from './demo/report-tables.ts';
import { askForStory } from './demo/story.ts';
import { functionHost } from './hosted-functions.ts';
import { startMailCatcher } from './mail-catcher.ts';
import { runOnce } from './once.ts';
import { startPlatform } from './platform.ts';
import { watchRuns } from './watch-runs.ts';

const SECOND = 1000;
/** With PostgreSQL's own stop this stays below the 10 s that a stop may take. */
const DRAIN = 8 * SECOND;
const MANIFESTS = fileURLToPath(new URL('../knative/base', import.meta.url));
const BROKER = ['kubescribe', 'default'] as const;

type Options = { once: boolean; fresh: boolean; demo: boolean; manifests: string };

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      'no-demo': { type: 'boolean', default: false },
      manifests: { type: 'string', default: MANIFESTS },
    },
  });
  return {
    once: values.once,
    fresh: values.fresh,
    demo: !values['no-demo'],
    manifests: resolve(values.manifests),
  };
}

/** Undoes, last first, whatever was started. */
function stopper() {
  const undo: (() => Promise<unknown>)[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    for (const step of undo.reverse()) await step().catch((error: unknown) => complain(error));
  };
  return {
    onStop: (step: () => Promise<unknown>) => undo.push(step),
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
  };
}

function complain(error: unknown): void {
  process.stderr.write(`${describeError(error).message}\n`);
}

async function run(
  config: Config,
  options: Options,
  onStop: (step: () => Promise<unknown>) => void,
): Promise<number> {
  const began = performance.now();
  const terminal = process.stdout.isTTY === true;
  const tell = announcer(terminal, (line) => process.stdout.write(`${line}\n`));
  const seconds = (since: number) => (performance.now() - since) / SECOND;
  const timed = async <T>(
    name: string,
    detail: (result: T) => string,
    work: () => Promise<T>,
  ): Promise<T> => {
    const since = performance.now();
    const result = await work();
    tell.step(name, detail(result), seconds(since));
    return result;
  };
  const home = resolve(config.home);
  await mkdir(home, { recursive: true });

  const databases = await timed(
    'Databases',
    ({ version, embedded }) => (version ? `PostgreSQL ${version}: ${embedded.join(', ')}` : 'all by URL'),
    () => startDatabases({ ...config, home }, { fresh: options.fresh, log: tell.note }),
  );
  onStop(databases.stop);
  const { urls, embedded } = databases;
  const demo = options.demo && embedded.includes('prod');
  const migrated = timed(
    'Migrations',
    (applied) => (applied > 0 ? `${applied} applied` : 'nothing to do'),
    () => migrateDatabases(urls),
  );
  const loaded = demo
    ? timed(
        'Demo data',
        (rows) => (rows > 0 ? `${rows.toLocaleString('en')} rows of a market feed` : 'there already'),
        () => loadDemo(urls.prod),
      )
    : undefined;
  await Promise.all([migrated, loaded]);
  if (demo && embedded.includes('report')) await createReportTables(urls.report);

  const mail = config.smtpUrl ? undefined : await startMailCatcher({ home, host: '127.0.0.1' });
  if (mail) onStop(mail.stop);
  const smtp = config.smtpUrl ?? mail?.url ?? '';

  const log = makeLog(loadConfig({ LOG_LEVEL: 'warn', K_SERVICE: 'platform' }), 2);
  const functions = functionHost(
    { RUNLOG_DB_URL: urls.runlog, PROD_DB_URL: urls.prod, REPORT_DB_URL: urls.report, SMTP_URL: smtp },
    ({ origin }) => ({ PUBLIC_URL: config.publicUrl ?? origin, LOG_LEVEL: 'warn' }),
  );
  const service = createService(
    loadConfig({ RUNLOG_DB_URL: urls.runlog, K_SERVICE: 'local', LOG_LEVEL: 'warn' }),
    { log },
  );
  onStop(() => service.drain(SECOND));
  const pipelines = await service.pipelines();
  await declare(service.runlog, demo || !options.demo ? scheduled(pipelines, demo) : pipelines, 'local');
  if (demo && !options.once) await askForStory(service.runlog, pipelines);

  const platform = await timed(
    'Manifests',
    ({ services, ignored }) =>
      `${services.length} services${ignored.length > 0 ? `, ignored: ${ignored.length}` : ''}`,
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
  // Functions checkpoint while their deliveries are still waited for.
  onStop(() => Promise.all([functions.drain(DRAIN), platform.stop()]));
  for (const { kind, name } of platform.ignored) tell.note(`ignored: ${kind} ${name}`);

  const broker = config.broker ?? platform.brokerUrl(...BROKER);
  const relaying = { runlog: service.runlog, config: { broker }, log };
  if (options.once)
    return runOnce(relaying, pipelines, (line) => process.stdout.write(`${line}\n`), terminal);
  // What a killed process left unsent does not wait for the first tick.
  await relay(relaying, { again: true });

  const ready: Ready = { url: platform.url, broker, mail: smtp, databases: urls };
  const note = join(home, 'local.json');
  await writeFile(note, JSON.stringify(ready), { mode: 0o600 });
  onStop(() => rm(note, { force: true }));
  tell.ready(ready, { home, seconds: seconds(began), next: platform.nextTicks()[0] });
  if (demo) onStop(startArrivals(urls.prod, { log: tell.note }).stop);
  if (terminal)
    onStop(watchRuns(service.runlog, platform.url, (line) => process.stdout.write(`${line}\n`)).stop);
  return new Promise(() => {});
}

/** Without the demo its pipeline stays, and runs only when asked. */
const scheduled = <P extends { name: string; schedule: unknown }>(pipelines: readonly P[], demo: boolean) =>
  pipelines.map((pipeline) =>
    demo || pipeline.name !== 'market-bars' ? pipeline : { ...pipeline, schedule: undefined },
  );

type Mail = Awaited<ReturnType<typeof startMailCatcher>>;

function mailRoutes(mail: Mail, request: Request): Promise<Response> | undefined {
  const { pathname } = new URL(request.url);
  return pathname === '/mail' || pathname.startsWith('/mail/') ? mail.handler(request) : undefined;
}

async function main(): Promise<void> {
  const { onStop, stop } = stopper();
  let leaving = false;
  const leave = async (code: number) => {
    if (leaving) return;
    leaving = true;
    await stop();
    process.exit(code);
  };
  process
    .on('SIGTERM', () => void leave(0))
    .on('SIGINT', () => void leave(0))
    .on('SIGHUP', () => void leave(0));
  try {
    checkNumbers();
    const config = loadConfig();
    if (config.crash) crashAt(config.crash);
    await leave(await run(config, readOptions(), onStop));
  } catch (error) {
    complain(error);
    await leave(1);
  }
}

if (import.meta.main) await main();
