/** Two runs of the small pipeline through whatever is done to the processes; at the end all must be as if nothing was. */
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { createReportTables } from '../../local/demo/report-tables.ts';
import { pass } from '../setup/clock.ts';
import type { Act } from './act.ts';
import { type Courier, startCourier, type Weather } from './courier.ts';
import { violations } from './invariants.ts';
import { begin, type Life } from './life.ts';
import { barDifferences } from './market-oracle.ts';

const SECOND = 1000;
const QUIET_WITHIN = 60 * SECOND;
const LEASE_OVER = '31 seconds';
const PIPELINES = new URL('./pipelines', import.meta.url).pathname;

type Urls = { runlog: string; report: string; prod: string };

export type Scene = {
  urls: Urls;
  /** What each life does to itself, the first first; further ones do nothing. */
  acts: readonly (readonly Act[])[];
  weather?: Weather;
  /** A stopped process goes on while its successor works; default: when all is quiet. */
  wakeEarly?: boolean;
};

export type Played = {
  faults: string[];
  /** The report's rows in one hash. */
  digest: string;
  /** All points that were passed, by life. */
  passed: string[][];
};

/** Plays a scene and judges what is left. */
export async function play({ urls, acts, weather = () => [0], wakeEarly }: Scene): Promise<Played> {
  await createTables(urls.report);
  const runlog = await open(urls.runlog);
  const report = await open(urls.report);
  const prod = await open(urls.prod);
  const courier = await startCourier(weather);
  const lives: Life[] = [];
  const env = {
    RUNLOG_DB_URL: urls.runlog,
    REPORT_DB_URL: urls.report,
    PROD_DB_URL: urls.prod,
    K_SINK: courier.url,
    KUBESCRIBE_PIPELINES: PIPELINES,
    LOG_LEVEL: 'warn',
  };
  const alive = async () => {
    const last = lives.at(-1);
    if (last?.state() === 'alive') return (await last.url) ?? '';
    if (last) await pass(runlog, LEASE_OVER);
    const next = begin(env, acts[lives.length] ?? []);
    lives.push(next);
    const url = (await next.url) ?? '';
    courier.moveTo(url);
    if (wakeEarly && last?.state() === 'stopped') last.goOn();
    return url;
  };
  try {
    await ask(alive, 'first');
    await change(prod);
    await ask(alive, 'second');
    const faults = await comesToRest(runlog, courier, alive);
    for (const life of lives.filter((life) => life.state() === 'stopped')) {
      life.goOn();
      await life.end();
    }
    faults.push(...(await comesToRest(runlog, courier, alive)));
    faults.push(...(await violations(runlog, report)), ...(await barDifferences(prod, report)));
    const code = await lives.at(-1)?.end();
    if (code !== 0) faults.push(`the last process ended with ${code}`);
    if (faults.length > 0)
      faults.push(...lives.map((life) => life.complaints()).filter((text) => text !== ''));
    return { faults, digest: await digestOf(report), passed: lives.map((life) => life.passed) };
  } finally {
    await courier.stop();
    await Promise.all(lives.map((life) => life.kill()));
    await runlog.end();
    await report.end();
    await prod.end();
  }
}

/** Asks until it is accepted; the key makes one run of it. */
async function ask(alive: () => Promise<string>, key: string): Promise<void> {
  for (;;) {
    const url = await alive();
    try {
      const response = await fetch(`${url}/trigger/runs/trigger`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: '{"pipeline":"bars"}',
        signal: AbortSignal.timeout(5 * SECOND),
      });
      if (response.status === 202) return;
    } catch {
      await wait(10);
    }
  }
}

const UNSETTLED = `
  select (select count(*) from run_requests where state in ('waiting', 'live')) +
         (select count(*) from run_work) + (select count(*) from outbox where done_at is null) as open`;

/** Lets time pass whenever nothing moves, until nothing is open. */
async function comesToRest(
  runlog: Client,
  courier: Courier,
  alive: () => Promise<string>,
): Promise<string[]> {
  const until = performance.now() + QUIET_WITHIN;
  for (;;) {
    await alive();
    if (courier.pending() === 0) {
      const { rows } = await runlog.query<{ open: string }>(UNSETTLED);
      if (rows[0]?.open === '0') return [];
      await pass(runlog, LEASE_OVER);
      await Promise.race([courier.tick(), wait(SECOND)]);
    }
    if (performance.now() > until) return [`it is stuck: ${await whatIsOpen(runlog)}`];
    await wait(5);
  }
}

async function whatIsOpen(runlog: Client): Promise<string> {
  const requests = await runlog.query(
    `select state, work.* from run_requests request left join run_work work using (run_id)
      where state in ('waiting', 'live')`,
  );
  const events = await runlog.query('select id, sends, sent_at, due_at from outbox where done_at is null');
  return JSON.stringify({ requests: requests.rows, events: events.rows });
}

/** Every third row of the feed comes again, for the second run. */
async function change(prod: Client): Promise<void> {
  await prod.query(`update market_bars_raw set received_at = received_at + interval '1 s' where id % 3 = 0`);
}

/** The tables that the small pipeline writes. */
export async function createTables(report: string): Promise<void> {
  await createReportTables(report);
  const client = await open(report);
  await client.query(
    `create table market_spans (symbol text, span timestamptz, high numeric, low numeric, volume numeric, bars int,
       primary key (symbol, span))`,
  );
  await client.end();
}

async function digestOf(report: Client): Promise<string> {
  const { rows } = await report.query<{ digest: string }>(`
    select (select md5(string_agg(concat_ws('|', symbol, ts, open, high, low, close, volume, ks_rank, ks_received_at,
                                            ks_source_id), ' ' order by symbol, ts)) from market_bars) || ' ' ||
           (select md5(string_agg(s::text, ' ' order by symbol, span)) from market_spans s) as digest`);
  return rows[0]?.digest ?? 'no rows';
}

async function open(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  return client;
}
