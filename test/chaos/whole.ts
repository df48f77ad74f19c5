/** Kills all of `make run` at random moments, again and again, and looks at the end for what was lost, doubled or stuck. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { PLACE } from '../setup/test-server.ts';
import { type Chance, chance } from './chance.ts';
import { violations } from './invariants.ts';
import { marketDifferences } from './market-oracle.ts';
import { ask, shiftClock, tick, touchFeed, using } from './whole-from-outside.ts';
import { type Program, type Ready, startWhole } from './whole-program.ts';

const SECOND = 1000;
const READY_WITHIN = 10 * SECOND;
const QUIET_WITHIN = 180 * SECOND;
const STOPS_WITHIN = 10 * SECOND;
const LONGEST_LIFE = 5 * SECOND;
/** Expires the leases of the dead and makes open events due again; done while nobody living holds a lease. */
const LEASE_OVER = '31 seconds';
const RESEND_DUE = '11 seconds';

export type WholeOptions = { seed: number; times: number; say(line: string): void };
export type WholeResult = { faults: string[]; kills: number; runs: number; slowestStart: number };

/** Starts and kills so many times, then lets it come to rest and compares. */
export async function killWhole({ seed, times, say }: WholeOptions): Promise<WholeResult> {
  const random = chance(seed);
  const home = mkdtempSync(join(PLACE, 'kubescribe-chaos-'));
  const accepted = new Set<string>();
  const starts: number[] = [];
  const faults: string[] = [];
  let program: Program | undefined;
  try {
    for (let kill = 1; kill <= times; kill++) {
      program = startWhole(home);
      const began = performance.now();
      // The first start has the demo to load; one in five is killed before it is ready.
      const early = kill > 1 && random.oneIn(5);
      const life = early ? random.between(100, 3000) : random.between(0, LONGEST_LIFE);
      const withPostgres = random.oneIn(3);
      if (early) await wait(life);
      else {
        const ready = await program.ready;
        starts.push(performance.now() - began);
        if (!ready) {
          faults.push(`start ${kill} ended by itself: ${program.complaints()}`);
          continue;
        }
        const over = AbortSignal.timeout(life);
        await Promise.race([disturb(ready, random, accepted, over), wait(life)]);
      }
      say(
        `kill ${kill}: ${early ? 'while starting, ' : ''}after ${life} ms${withPostgres ? ', with PostgreSQL' : ''}`,
      );
      await program.kill(withPostgres);
    }
    program = startWhole(home, ['--no-demo']);
    const began = performance.now();
    const ready = await program.ready;
    starts.push(performance.now() - began);
    if (!ready) faults.push(`the last start ended by itself: ${program.complaints()}`);
    else faults.push(...(await judge(ready, accepted)));
    const stopping = performance.now();
    const code = await program.stop();
    if (code !== 0) faults.push(`SIGTERM ended it with ${code}`);
    if (performance.now() - stopping > STOPS_WITHIN) faults.push('it took more than 10 s to stop');
  } finally {
    await program?.kill(true);
    if (faults.length === 0) rmSync(home, { recursive: true, force: true });
    else say(`the data is kept in ${home}`);
  }
  const slowestStart = Math.max(...starts.slice(1));
  if (slowestStart > READY_WITHIN) faults.push(`a start took ${Math.round(slowestStart)} ms`);
  return { faults, kills: times, runs: accepted.size, slowestStart };
}

/** Gives it work: rows of the feed come again, runs are asked for, leases of the dead expire, a minute passes. */
async function disturb(
  ready: Ready,
  random: Chance,
  accepted: Set<string>,
  over: AbortSignal,
): Promise<void> {
  try {
    await shiftClock(ready, LEASE_OVER);
    await touchFeed(ready, random);
    for (let asks = random.between(1, 3); asks > 0 && !over.aborted; asks--) {
      accepted.add(await ask(ready));
      if (random.oneIn(2)) await tick(ready);
      await wait(random.between(0, 400));
    }
  } catch {
    // The kill came in between: what was accepted by then counts.
  }
}

const UNSETTLED = `
  select (select count(*) from run_requests where state in ('waiting', 'live')) +
         (select count(*) from run_work) + (select count(*) from outbox where done_at is null) as open,
         exists (select from run_work where lease_until is not null) as held`;

async function judge(ready: Ready, accepted: Set<string>): Promise<string[]> {
  const { prod, report, runlog } = ready.databases;
  await shiftClock(ready, LEASE_OVER);
  if (!(await settles(ready))) return [`it did not come to rest: ${await whatIsOpen(runlog)}`];
  // What arrived last is brought in by one more run.
  const last = await ask(ready);
  accepted.add(last);
  if (!(await settles(ready))) return [`the last run did not end: ${await whatIsOpen(runlog)}`];
  return using(prod, (source) =>
    using(runlog, (ledger) =>
      using(report, async (reports) => [
        ...(await violations(ledger, reports)),
        ...(await lostRuns(ledger, accepted)),
        ...(await failedRun(ledger, last)),
        ...(await marketDifferences(source, reports)),
      ]),
    ),
  );
}

async function settles(ready: Ready): Promise<boolean> {
  const until = performance.now() + QUIET_WITHIN;
  while (performance.now() < until) {
    const { rows } = await using(ready.databases.runlog, (client) =>
      client.query<{ open: string; held: boolean }>(UNSETTLED),
    );
    if (rows[0]?.open === '0') return true;
    if (!rows[0]?.held) await shiftClock(ready, RESEND_DUE);
    await tick(ready);
    await wait(SECOND);
  }
  return false;
}

async function whatIsOpen(runlog: string): Promise<string> {
  const { rows } = await using(runlog, (client) =>
    client.query(
      `select request.run_id, request.state, work.checkpoint, work.lease_until, work.wake_at, work.blocked_why,
              (select array_agg(id) from outbox where outbox.run_id = request.run_id and done_at is null) as events
         from run_requests request left join run_work work using (run_id) where state in ('waiting', 'live')`,
    ),
  );
  return JSON.stringify(rows);
}

async function lostRuns(runlog: Client, accepted: Set<string>): Promise<string[]> {
  const { rows } = await runlog.query<{ run_id: string }>(
    `select run_id from unnest($1::uuid[]) asked (run_id)
      where not exists (select from run_log where run_log.run_id = asked.run_id and status <> 'STARTED')`,
    [[...accepted]],
  );
  return rows.map(({ run_id }) => `run ${run_id} was accepted and never ran`);
}

async function failedRun(runlog: Client, run: string): Promise<string[]> {
  const { rows } = await runlog.query<{ status: string }>('select status from run_log where run_id = $1', [
    run,
  ]);
  return rows[0]?.status === 'SUCCESS' ? [] : [`the last run, which nobody killed, ended ${rows[0]?.status}`];
}
