/** A script cut at every point that it passes, and at points of chance in bad weather. */
import type { LocalPostgres } from '../../local/postgres.ts';
import { chance } from './chance.ts';
import { onCopies } from './copies.ts';
import { play } from './play.ts';
import { type Cut, halts, kills, RECOVERIES, randomCut } from './points.ts';
import type { Script } from './script.ts';

const AT_ONCE = 2;

export type Cutting = {
  name: string;
  script: Script;
  seed: number;
  /** Cuts at points of chance. */
  random: number;
  /** Only the cuts whose name holds this. */
  only: string;
  say(line: string): void;
};

type Weathered = Cut & { weatherSeed?: number };

/** Plays every cut and returns the names of those that left a trace. */
export async function enumerate(server: LocalPostgres, cutting: Cutting): Promise<string[]> {
  const { name: scriptName, script, say } = cutting;
  const undisturbed = await onCopies(server, (urls) => play({ urls, script, acts: [] }));
  const points = undisturbed.passed[0] ?? [];
  const cuts = cutsOf(points, cutting);
  const names = new Set(points.map((point) => point.replace(/:(before|after):\d+$/, '')));
  say(
    `${scriptName}: ${names.size} names of commits and sends, ${points.length} points; ${cuts.length} cuts`,
  );

  const failures = undisturbed.faults.map((fault) => `undisturbed: ${fault}`);
  for (const failure of failures) say(`FAILED ${failure}`);
  const waiting = cuts.values();
  let done = 0;
  const work = async () => {
    for (const { name, weatherSeed, ...cut } of waiting) {
      const weather = weatherSeed === undefined ? {} : { weather: weatherOf(weatherSeed) };
      const played = await onCopies(server, (urls) => play({ urls, script, ...cut, ...weather }));
      const faults = [...played.faults];
      if (played.digest !== undisturbed.digest)
        faults.push(`it left\n  ${played.digest}\n  and undisturbed\n  ${undisturbed.digest}`);
      if (++done % 20 === 0) say(`${done} of ${cuts.length}`);
      if (faults.length === 0) continue;
      say(`FAILED ${name}\n  ${faults.join('\n  ')}`);
      say(`  again: make chaos ARGS="--only ${scriptName} --seed ${cutting.seed} --cut '${name}'"`);
      failures.push(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

function cutsOf(points: readonly string[], { seed, random, only }: Cutting): Weathered[] {
  const chances = chance(seed);
  const byChance = Array.from({ length: random }, (_, i) => ({
    ...randomCut(points, chances),
    weatherSeed: seed + i + 1,
  }));
  return [...kills(points), ...halts(points), ...RECOVERIES, ...byChance].filter((cut) =>
    cut.name.includes(only),
  );
}

/** Copies, delays and losses by chance. */
function weatherOf(seed: number) {
  const random = chance(seed);
  return () =>
    Array.from({ length: random.oneIn(10) ? 0 : random.between(1, 3) }, () => random.between(0, 200));
}
