/** `make chaos`: every crash point, chance on top, and all of `make run` killed at random moments. */
import { spawnSync } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { LocalPostgres } from '../local/postgres.ts';
import { chance } from '../test/chaos/chance.ts';
import { play } from '../test/chaos/play.ts';
import { type Cut, halts, kills, RECOVERIES, randomCut } from '../test/chaos/points.ts';
import { twoDays } from '../test/chaos/two-days.ts';
import { twoLoads } from '../test/chaos/two-loads.ts';
import { killWhole } from '../test/chaos/whole.ts';
import { startTestServer } from '../test/setup/test-server.ts';

const AT_ONCE = 2;

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    /** `ledger`, `ticks`, `points` or `whole`; default all. */
    only: { type: 'string' },
    /** Orders of commands in which the ledger is compared with its model. */
    orders: { type: 'string', default: '500' },
    /** Kills of all of `make run`. */
    kills: { type: 'string', default: '20' },
    /** Cuts at points of chance. */
    random: { type: 'string', default: '40' },
    /** One cut alone, by a part of its name. */
    cut: { type: 'string' },
  },
});
const seed = Number(options.seed);

const say = (line: string) => process.stdout.write(`${line}\n`);

/** One scene on databases of its own. */
async function scene(server: LocalPostgres, cut: Omit<Cut, 'name'>, weatherSeed?: number) {
  return onCopies(server, (urls) =>
    play({ urls, script: twoLoads, ...cut, ...(weatherSeed && { weather: weatherOf(weatherSeed) }) }),
  );
}

type Urls = Record<'runlog' | 'report' | 'prod', string>;

/** Copies of a server's templates, which go when the work is done. */
async function onCopies<T>(server: LocalPostgres, work: (urls: Urls) => Promise<T>): Promise<T> {
  const name = (template: string) => `c_${template}_${id}`;
  const id = randomUUID().slice(0, 8);
  const templates = ['runlog', 'report', 'prod'] as const;
  for (const template of templates) {
    await server.admin(`create database ${name(template)} template tpl_${template} strategy file_copy`);
  }
  const done = await work({
    runlog: server.url(name('runlog')),
    report: server.url(name('report')),
    prod: server.url(name('prod')),
  });
  for (const template of templates) await server.admin(`drop database ${name(template)} with (force)`);
  return done;
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

/** Copies, delays and losses by chance. */
function weatherOf(weatherSeed: number) {
  const random = chance(weatherSeed);
  return () =>
    Array.from({ length: random.oneIn(10) ? 0 : random.between(1, 3) }, () => random.between(0, 200));
}

async function allPoints(server: LocalPostgres): Promise<string[]> {
  const undisturbed = await scene(server, { acts: [] });
  const points = undisturbed.passed[0] ?? [];
  const random = chance(seed);
  const certain: (Cut & { weatherSeed?: number })[] = [...kills(points), ...halts(points), ...RECOVERIES];
  const byChance = Array.from({ length: Number(options.random) }, (_, i) => ({
    ...randomCut(points, random),
    weatherSeed: seed + i + 1,
  }));
  const cuts = [...certain, ...byChance].filter((cut) => cut.name.includes(options.cut ?? ''));
  const names = new Set(points.map((point) => point.replace(/:(before|after):\d+$/, '')));
  say(`${names.size} names of commits and sends, ${points.length} points; ${cuts.length} cuts`);

  const failures = undisturbed.faults.map((fault) => `undisturbed: ${fault}`);
  const waiting = cuts.values();
  let done = 0;
  const work = async () => {
    for (const { name, weatherSeed, ...cut } of waiting) {
      const played = await scene(server, cut, weatherSeed);
      const faults = [...played.faults];
      if (played.digest !== undisturbed.digest) faults.push('the report differs from an undisturbed run');
      if (++done % 20 === 0) say(`${done} of ${cuts.length}`);
      if (faults.length === 0) continue;
      say(`FAILED ${name}\n  ${faults.join('\n  ')}`);
      say(`  again: make chaos ARGS="--only points --seed ${seed} --cut '${name}'"`);
      failures.push(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

/** The test of the ledger against its model, many times over; vitest prints the seed of what it finds. */
function ledgerOrders(): string[] {
  const args = ['run', 'test/ledger/ledger.test.ts'];
  const { status } = spawnSync('vitest', args, {
    stdio: 'inherit',
    env: { ...process.env, LEDGER_RUNS: options.orders },
  });
  return status === 0 ? [] : ['the ledger differs from its model'];
}

async function main(): Promise<number> {
  say(`seed ${seed}`);
  const failures: string[] = [];
  const wanted = (part: string) => (options.only ?? part) === part;
  const server = await startTestServer();
  if (wanted('ledger')) failures.push(...ledgerOrders());
  if (wanted('ticks')) failures.push(...(await lostTicks(server)));
  if (wanted('points')) failures.push(...(await allPoints(server)));
  await server.stop();
  if (wanted('whole')) {
    const { faults, ...counts } = await killWhole({ seed, times: Number(options.kills), say });
    say(
      `make run: ${counts.kills} kills, ${counts.runs} runs asked for, slowest start ${Math.round(counts.slowestStart)} ms`,
    );
    for (const fault of faults) say(`FAILED ${fault}`);
    if (faults.length > 0)
      say(`  again: make chaos ARGS="--only whole --seed ${seed} --kills ${options.kills}"`);
    failures.push(...faults);
  }
  say(failures.length === 0 ? 'nothing was lost, doubled or stuck' : `${failures.length} failures`);
  return failures.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
