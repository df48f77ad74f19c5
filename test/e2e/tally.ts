import type { Stage } from './stage.ts';

const SECOND = 1000;
const MOST_SHOWN = 1500;

/** What cannot be seen here, and why; no failure. */
export class Skip extends Error {}

/** A check failed and was told: the rest of its step means nothing. */
class StepOver extends Error {}

/** A part of the whole: `name` is what people type to do it alone. */
export type Step = {
  name: string;
  title: string;
  run(stage: Stage, check: Check): Promise<void>;
};

/** Does a named check; what it resolves to is told behind its name. */
type Check = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export type Tally = {
  check: Check;
  /** Does a step; a failure in it is told and does not reach the next. */
  step(name: string, work: (check: Check) => Promise<void>): Promise<void>;
  skip(name: string, why: string): void;
  note(text: string): void;
  /** How many failed so far. */
  failed(): number;
  /** `N passed, N failed, N skipped`. */
  summary(): string;
};

/** Counts and tells checks, a line each, with their times. */
export function openTally(say: (line: string) => void): Tally {
  const began = performance.now();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const seconds = (since: number) => `${((performance.now() - since) / SECOND).toFixed(1)} s`;
  const line = (mark: string, name: string, rest: string) =>
    say(`${seconds(began).padStart(8)}  ${mark.padEnd(7)} ${name}${rest}`);
  const skip = (name: string, why: string) => {
    counts.skipped += 1;
    line('SKIPPED', name, `: ${why}`);
  };

  const check: Check = async (name, work) => {
    const since = performance.now();
    try {
      const told = await work();
      counts.passed += 1;
      line('ok', name, `${typeof told === 'string' && told !== '' ? `: ${told}` : ''} (${seconds(since)})`);
      return told;
    } catch (error) {
      if (error instanceof Skip) skip(name, error.message);
      else {
        counts.failed += 1;
        line('FAILED', name, ` (${seconds(since)}): ${messageOf(error)}`);
      }
      throw new StepOver(name);
    }
  };

  return {
    check,
    async step(name, work) {
      say(`\n${name}`);
      try {
        await work(check);
      } catch (error) {
        if (error instanceof Skip) skip(name, error.message);
        else if (!(error instanceof StepOver)) {
          counts.failed += 1;
          line('FAILED', name, `: ${messageOf(error)}`);
        }
      }
    },
    skip,
    note: (text) => line('', text, ''),
    failed: () => counts.failed,
    summary: () => `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  };
}

const messageOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' | ').slice(0, MOST_SHOWN);
