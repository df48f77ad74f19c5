import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { loadConfig } from '../lib/config.ts';
import { databaseUrl } from './database-url.ts';
import { type Kept, keptOf, secretsOfDemo } from './demo-secrets.ts';
import { note, print, printJson, wantsJson } from './print.ts';

/** What the manifests of knative/overlays/kind name. */
const SMTP_PORT = 2525;
const HTTP_PORT = 8025;

/** Adds `kubescribe demo` to the program. */
export function register(program: Command): void {
  const demo = program
    .command('demo')
    .description('what a cluster for trying out needs: knative/overlays/kind');
  demo
    .command('load')
    .description("fills an empty production database with the demo's feed, and makes its report tables")
    .action(load);
  demo
    .command('arrivals')
    .description('lets new rows of the feed arrive until it is stopped')
    .action(arrivals);
  demo
    .command('mail')
    .description(`catches mails on port ${SMTP_PORT} and shows them on port ${HTTP_PORT} at /mail`)
    .action(mail);
  demo
    .command('secrets')
    .description('prints the Secrets of the overlay kind with new passwords, for `kubectl apply -f -`')
    .option('--keep', 'keep the passwords of the Secret kubescribe-postgres, read from stdin as JSON')
    .action(secrets);
}

async function load(_options: object, command: Command): Promise<void> {
  const config = loadConfig();
  const [prod, report] = [databaseUrl(config, 'prod'), databaseUrl(config, 'report')];
  const { loadDemo } = await import('../local/demo/load.ts');
  const { createReportTables } = await import('../local/demo/report-tables.ts');
  const rows = await loadDemo(prod);
  await createReportTables(report);
  if (wantsJson(command)) printJson({ rows });
  else print(rows > 0 ? `Loaded ${rows} rows of a market feed` : 'The feed is there already.');
}

async function arrivals(): Promise<void> {
  const { startArrivals } = await import('../local/demo/arrivals.ts');
  const { stop } = startArrivals(databaseUrl(loadConfig(), 'prod'), { log: note });
  await asked();
  await stop();
}

async function mail(_options: object, command: Command): Promise<void> {
  const { startMailCatcher } = await import('../local/mail-catcher.ts');
  const { listen } = await import('../lib/http/host.ts');
  const host = '0.0.0.0';
  const catcher = await startMailCatcher({ home: loadConfig().home, port: SMTP_PORT, host });
  const missing = () => new Response('Mails are at /mail.\n', { status: 404 });
  const pages = await listen(async (request) => (await catcher.handler(request)) ?? missing(), {
    port: HTTP_PORT,
    host,
  });
  const caught = { smtp: catcher.url, http: `http://${host}:${HTTP_PORT}/mail` };
  if (wantsJson(command)) printJson(caught);
  else print(`Mail to ${caught.smtp} is shown at ${caught.http}`);
  await asked();
  await Promise.all([catcher.stop(), pages.close()]);
}

async function secrets({ keep }: { keep?: true }): Promise<void> {
  const kept: Kept = keep ? keptOf(await text(process.stdin)) : {};
  printJson(secretsOfDemo(kept));
}

/** Until somebody asks us to end. */
async function asked(): Promise<void> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
}
