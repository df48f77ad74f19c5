/** `make chaos`: every crash point, chance on top, ticks lost, orders of commands, floods of requests, all of `make run` killed at random. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { environmentWith } from '../lib/config.ts';
import type { LocalPostgres } from '../local/postgres.ts';
import { onCopies } from '../test/chaos/copies.ts';
import { enumerate } from '../test/chaos/enumerate.ts';
import { everyVerb } from '../test/chaos/every-verb.ts';
import { raceClaims, raceTriggers, raceZombies } from '../test/chaos/races.ts';
import { twoDays } from '../test/chaos/two-days.ts';
import { twoLoads } from '../test/chaos/two-loads.ts';
import { killWhole } from '../test/chaos/whole.ts';
import { flood } from '../test/contract-fuzz/flood.ts';
import { startTestServer } from '../test/setup/test-server.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    /** `races`, `ledger`, `values`, `writers`, `datasets`, `commits`, `streams`, `ticks`, `loads`, `verbs`, `doors` or `whole`; default all. */
    only: { type: 'string' },
    /** Orders of commands in which the ledger is compared with its model. */
    orders: { type: 'string', default: '500' },
    /** Values a type that are shown to the fast lane and to the database. */
    values: { type: 'string', default: '100000' },
    /** Random datasets in which an ingest and its roll-up are compared with the oracle. */
    datasets: { type: 'string', default: '5000' },
    /** Rounds of concurrent writers of a source. */
    rounds: { type: 'string', default: '150' },
    /** Connections that are cut at a COMMIT of a load. */
    commits: { type: 'string', default: '200' },
    /** Lines that are streamed through a hundredth as many cuts, and clients of which a tenth never read. */
    lines: { type: 'string', default: '100000' },
    clients: { type: 'string', default: '500' },
    /** Requests to every door of the HTTP API, good and bad, made from its document. */
    requests: { type: 'string', default: '100000' },
    /** Kills of all of `make run`. */
    kills: { type: 'string', default: '20' },
    /** Cuts at points of chance. */
    random: { type: 'string', default: '40' },
    /** One cut alone, by a part of its name. */
    cut: { type: 'string', default: '' },
  },
});
const seed = Number(options.seed);

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Tests that are asked for a part of what they can, many times over; vitest prints the seed of what they find. */
const LARGER = {
  ledger: { file: 'test/ledger/ledger.test.ts', env: { LEDGER_RUNS: options.orders } },
  values: { file: 'test/lib/ingest/provable.test.ts', env: { PROVABLE_VALUES: options.values } },
  writers: {
    file: 'test/lib/ingest/writers.test.ts',
    env: { WRITERS_ROUNDS: options.rounds, WRITERS_SEED: options.seed },
  },
  datasets: { file: 'test/oracle', env: { ORACLE_DATASETS: options.datasets } },
  zombies: { file: 'test/work/zombie-storm.test.ts', env: { ZOMBIE_WRITES: '10000' } },
  order: { file: 'test/lib/logs/settled.test.ts', env: { STREAM_LINES: '4000' } },
  away: { file: 'test/lib/logs/spool.test.ts', env: { AWAY_LINES: '150000', AWAY_PAUSE: '80' } },
  streams: {
    file: 'test/lib/tail',
    env: {
      STREAM_LINES: options.lines,
      STREAM_CUTS: String(Number(options.lines) / 100),
      STREAM_CLIENTS: options.clients,
    },
  },
  commits: {
    file: 'test/chaos/cut-loads.test.ts',
    env: { COMMIT_CUTS: options.commits, COMMIT_SEED: options.seed },
  },
};

function larger(part: keyof typeof LARGER): string[] {
  const { file, env } = LARGER[part];
  const { status } = spawnSync('vitest', ['run', file], {
    stdio: 'inherit',
    env: environmentWith({ ...env, CHANCE: options.seed }),
  });
  return status === 0 ? [] : [`${part}: ${file} failed`];
}

/** Many at once where one may win: triggers under `skip`, claims, writes of a zombie. */
async function races(server: LocalPostgres): Promise<string[]> {
  const faults = [
    ...(await onCopies(server, ({ runlog }) => raceTriggers(runlog, 200, 20))),
    ...(await onCopies(server, ({ runlog }) => raceClaims(runlog, 200, 500))),
    ...(await onCopies(server, ({ runlog }) => raceZombies(runlog, 10_000))),
  ];
  say('races: 20 × 200 triggers under skip, 500 × 200 claims, 10,000 writes of a zombie');
  for (const fault of faults) say(`FAILED ${fault}`);
  return faults;
}

/** Two days of lost and doubled ticks, a slot every five minutes. */
async function lostTicks(server: LocalPostgres): Promise<string[]> {
  const failures: string[] = [];
  for (const misfire of ['last', 'all'] as const) {
    const { faults, slots, ran, missed, ticks } = await onCopies(server, (urls) =>
      twoDays({ urls, seed, every: 5, misfire }),
    );
    say(`misfire ${misfire}: ${slots} slots by ${ticks} ticks, ${ran} ran, ${missed} missed`);
    for (const fault of faults) say(`FAILED ${fault}`);
    if (faults.length > 0) say(`  again: make chaos ARGS="--only ticks --seed ${seed}"`);
    failures.push(...faults);
  }
  return failures;
}

/** Whatever anybody asks: no 500, nothing that the contract does not promise, nothing slow, no memory left behind. */
async function doors(server: LocalPostgres): Promise<string[]> {
  const { faults, requests, slowest, growth, byStatus } = await onCopies(server, (urls) =>
    flood(urls, Number(options.requests), seed),
  );
  const answers = Object.entries(byStatus).map(([status, count]) => `${count} × ${status}`);
  say(
    `doors: ${requests} requests, slowest ${Math.round(slowest)} ms, memory +${Math.round(growth / 2 ** 20)} MiB`,
  );
  say(`  ${answers.join(', ')}`);
  for (const fault of faults) say(`FAILED ${fault}`);
  if (faults.length > 0)
    say('  again: make chaos ARGS="--only doors --requests 500 --seed N", N of the failure');
  return faults;
}

/** All of `make run`, killed from outside. */
async function wholeKills(): Promise<string[]> {
  const { faults, ...counts } = await killWhole({ seed, times: Number(options.kills), say });
  say(
    `make run: ${counts.kills} kills, ${counts.runs} runs asked for, slowest start ${Math.round(counts.slowestStart)} ms`,
  );
  for (const fault of faults) say(`FAILED ${fault}`);
  if (faults.length > 0)
    say(`  again: make chaos ARGS="--only whole --seed ${seed} --kills ${options.kills}"`);
  return faults;
}

async function main(): Promise<number> {
  say(`seed ${seed}`);
  const failures: string[] = [];
  const wanted = (part: string) => (options.only ?? part) === part;
  const cutting = { seed, random: Number(options.random), only: options.cut, say };
  const server = await startTestServer();
  if (wanted('races')) failures.push(...(await races(server)), ...larger('zombies'));
  for (const part of ['ledger', 'values', 'writers', 'datasets', 'commits'] as const)
    if (wanted(part)) failures.push(...larger(part));
  if (wanted('streams')) failures.push(...larger('order'), ...larger('away'), ...larger('streams'));
  if (wanted('ticks')) failures.push(...(await lostTicks(server)));
  if (wanted('verbs'))
    failures.push(...(await enumerate(server, { ...cutting, name: 'verbs', script: everyVerb })));
  if (wanted('loads'))
    failures.push(...(await enumerate(server, { ...cutting, name: 'loads', script: twoLoads })));
  if (wanted('doors')) failures.push(...(await doors(server)));
  await server.stop();
  if (wanted('whole')) failures.push(...(await wholeKills()));
  say(failures.length === 0 ? 'nothing was lost, doubled or stuck' : `${failures.length} failures`);
  return failures.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
