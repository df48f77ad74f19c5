/** Which points a scene is cut at: every one that an undisturbed run passes, and some that only a recovery passes. */
import type { Act } from './act.ts';
import type { Chance } from './chance.ts';

export type Cut = { name: string; acts: Act[][]; wakeEarly?: boolean };

const kill = (at: string): Act => ({ at, signal: 'SIGKILL' });
const halt = (at: string): Act => ({ at, signal: 'SIGSTOP' });
const term = (at: string): Act => ({ at, signal: 'SIGTERM' });

/** One kill at each point. */
export const kills = (points: readonly string[]): Cut[] =>
  points.map((at) => ({ name: `kill ${at}`, acts: [[kill(at)]] }));

/** A stop beyond the lease at each point where a worker holds something; every other one goes on early. */
export const halts = (points: readonly string[]): Cut[] =>
  points
    .filter((at) => /^(claim:after|touch|raise|renew|task-|staging|batch|ship|retry|end|logs)/.test(at))
    .map((at, i) => {
      const wakeEarly = i % 2 === 1;
      return { name: `stop ${wakeEarly ? 'for a while ' : ''}${at}`, acts: [[halt(at)]], wakeEarly };
    });

/** What a sweep does for the dead, and what a drained host leaves, are cut in a second life. */
export const RECOVERIES: Cut[] = [
  ...['take', 'take-back', 'tell-blocked', 'plan', 'partitions', 'upkeep', 'outbox-take'].flatMap((name) =>
    ['before', 'after'].map((moment) => ({
      name: `kill batch:before:2, then ${name}:${moment}:1`,
      acts: [[kill('batch:before:2')], [kill(`${name}:${moment}:1`)]],
    })),
  ),
  ...['checkpoint:before:1', 'checkpoint:after:1', 'outbox-take:after:2'].map((at) => ({
    name: `ask to stop at ship:after:1, kill at ${at}`,
    acts: [[term('ship:after:1'), kill(at)]],
  })),
  { name: 'ask to stop at ship:after:1', acts: [[term('ship:after:1')]] },
  { name: 'ask to stop at claim:after:1', acts: [[term('claim:after:1')]] },
];

/** One or two signals at points of chance. */
export function randomCut(points: readonly string[], random: Chance): Cut {
  const signals = [kill, kill, halt, term];
  const acts = Array.from({ length: random.between(1, 2) }, () => [
    random.pick(signals)(random.pick(points)),
  ]);
  const words = acts.flat().map(({ at, signal }) => `${signal} ${at}`);
  return { name: words.join(', then '), acts, wakeEarly: random.oneIn(2) };
}
