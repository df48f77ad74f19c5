/** Transactions in two steps, as they are where a clause that makes them one is taken out. */
import { admit, ask, begin, isTaken } from './requests.ts';
import type { Rules, State } from './state.ts';
import type { Step } from './steps.ts';

/** Only without `lockPipelineFirst`: a transaction looks, and others commit before it writes. */
export function looks(s: State, rules: Rules, step: Step): void {
  if (rules.clauses.lockPipelineFirst) return;
  for (const [which, { state }] of s.requests.entries()) {
    const { kind } = rules.bounds.wishes[which]!;
    const saw = isTaken(s, which, rules);
    const look = (what: 'ask' | 'admit', label: string) =>
      step(label, (next) => {
        next.begun = { what, request: which, saw };
      });
    if (state === 'not asked' && kind === 'person')
      look('ask', `somebody asks for request ${which + 1}: its lane is seen ${saw ? 'taken' : 'free'}`);
    if (state === 'waiting' && !saw) look('admit', `a sweep sees request ${which + 1} wait, its lane free`);
  }
}

/** What a transaction that has only looked writes then; a worker that tells afterwards may die before. */
export function goesOn(s: State, rules: Rules, step: Step): void {
  const { what, request, saw } = s.begun;
  const name = `request ${request + 1}`;
  const done = (change: (next: State) => void) => (next: State) => {
    next.begun = { what: 'nothing', request: 0, saw: false };
    change(next);
  };
  const nothing = done(() => {});
  if (what === 'tell') {
    step(
      `slot.missed is told of ${name}`,
      done((next) => {
        next.requests[request]!.told += 1;
      }),
    );
    step(`who was to tell slot.missed of ${name} dies`, nothing, 'crashes');
    return;
  }
  const isNew = what === 'ask' && s.requests[request]!.state === 'not asked';
  if (isNew && !saw)
    step(
      `${name} is written and admitted on that look`,
      done((next) => {
        ask(next, request, rules, saw);
        begin(next, request, rules);
      }),
    );
  if (isNew)
    step(
      `${name} is written`,
      done((next) => {
        ask(next, request, rules, saw);
        admit(next, rules);
      }),
    );
  if (what === 'admit' && s.requests[request]!.state === 'waiting')
    step(
      `${name} is admitted`,
      done((next) => begin(next, request, rules)),
    );
  step('that transaction is rolled back', nothing);
}
