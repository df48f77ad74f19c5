/** A script played through whatever is done to the processes; at the end all must be as if nothing was. */
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { pass } from '../setup/clock.ts';
import type { Act } from './act.ts';
import { type Courier, startCourier, type Weather } from './courier.ts';
import { violations } from './invariants.ts';
import { begin, type Life } from './life.ts';
import type { Asking, Script, Urls } from './script.ts';

const SECOND = 1000;
const QUIET_WITHIN = 60 * SECOND;
const LEASE_OVER = '31 seconds';

export type Scene = {
  urls: Urls;
  script: Script;
  /** What each life does to itself, the first first; further ones do nothing. */
  acts: readonly (readonly Act[])[];
  weather?: Weather;
  /** A stopped process goes on while its successor works; default: when all is quiet. */
  wakeEarly?: boolean;
};

export type Played = {
  faults: string[];
  /** What the script's work left, in one line. */
  digest: string;
  /** All points that were passed, by life. */
  passed: string[][];
};

/** Plays a scene and judges what is left. */
export async function play({ urls, script, acts, weather = () => [0], wakeEarly }: Scene): Promise<Played> {
  await script.prepare(urls);
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
    KUBESCRIBE_PIPELINES: script.pipelines,
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
    const faults: string[] = [];
    const rest = async () => {
      faults.push(...(await comesToRest(runlog, courier, alive)));
    };
    const tick = async (which: 'schedule' | 'minute') => {
      await alive();
      await Promise.race([courier.tick(which), wait(SECOND)]);
    };
    await script.play({
      runlog,
      prod,
      ask: (path, body, options) => askUntil(alive, path, body, options),
      tick: () => tick('schedule'),
      sweep: () => tick('minute'),
      rest,
    });
    await rest();
    for (const life of lives.filter((life) => life.state() === 'stopped')) {
      life.goOn();
      await life.end();
    }
    for (;;) {
      await rest();
      const judged = await script.judge({ runlog, report, prod });
      faults.push(...(await violations(runlog, report)), ...judged.faults);
      const code = await lives.at(-1)?.end();
      // Some acts come with the very end of a life: the next must find all in order.
      if (code !== 0 && acts[lives.length - 1] && faults.length === 0) continue;
      if (code !== 0) faults.push(`the last process ended with ${code}`);
      if (faults.length > 0)
        faults.push(...lives.map((life) => life.complaints()).filter((text) => text !== ''));
      return { faults, digest: judged.digest, passed: lives.map((life) => life.passed) };
    }
  } finally {
    await courier.stop();
    await Promise.all(lives.map((life) => life.kill()));
    await runlog.end();
    await report.end();
    await prod.end();
  }
}

async function askUntil(
  alive: () => Promise<string>,
  path: string,
  body: object,
  { method, key, until }: Asking,
): Promise<unknown> {
  for (;;) {
    const url = await alive();
    try {
      const response = await fetch(`${url}${path}`, {
        method: method ?? 'POST',
        headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(5 * SECOND),
      });
      if (until.includes(response.status)) return await response.json();
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
      await Promise.race([courier.tick('minute'), wait(SECOND)]);
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

async function open(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  return client;
}
