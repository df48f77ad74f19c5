/** A command to the ledger: done, told to the model, and both must say the same. */
import type fc from 'fast-check';
import { agree } from './agree.ts';
import type * as model from './model.ts';
import { pinClock, type Real } from './real.ts';

type Ledger = model.Ledger;
type Step = (ledger: Ledger, real: Real, at: number) => Promise<void>;

/** A command that can always be given; what it finds to do is the ledger's matter. */
export class Command implements fc.AsyncCommand<Ledger, Real> {
  readonly words: string;
  readonly step: Step;
  constructor(words: string, step: Step) {
    this.words = words;
    this.step = step;
  }
  check = () => true;
  toString = () => this.words;
  async run(ledger: Ledger, real: Real): Promise<void> {
    await this.step(ledger, real, await pinClock(real));
    await agree(ledger, real);
  }
}

/** The n-th of some, counted in a circle; undefined when there are none. */
export const pick = <T>(of: readonly T[], nth: number): T | undefined => of[nth % Math.max(1, of.length)];
