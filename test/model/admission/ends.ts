/** The ends of runs, which admit what waits behind them. */
import { pause } from './planning.ts';
import { PAUSED } from './properties.ts';
import { admit, expire } from './requests.ts';
import type { Rules, State } from './state.ts';
import type { Step } from './steps.ts';

export function ends(s: State, which: number, rules: Rules, step: Step): void {
  const { clauses, bounds } = rules;
  const { state, flagged } = s.requests[which]!;
  const { kind, endless } = bounds.wishes[which]!;
  if (state !== 'live') return;
  const isSlot = (i: number) => bounds.wishes[i]!.kind === 'slot';
  const end = (label: string, settle: (next: State) => void, fault?: 'failures') =>
    step(
      label,
      (next) => {
        next.requests[which]!.state = 'ran';
        next.requests[which]!.flagged = false;
        if (clauses.pauseBeforeAdmit) settle(next);
        expire(next, rules);
        if (clauses.endAdmitsNext) admit(next, rules);
        if (!clauses.pauseBeforeAdmit) settle(next);
        const begins = next.requests.some((request, i) => request.begun > s.requests[i]!.begun && isSlot(i));
        if (begins && next.paused) next.broken ||= PAUSED;
      },
      fault,
    );
  if (flagged) end(`run ${which + 1} is cancelled`, () => {});
  if (endless) return;
  end(`run ${which + 1} succeeds`, (next) => {
    if (kind === 'slot') next.failures = 0;
  });
  const fail = (next: State) => {
    if (kind !== 'slot' || bounds.pauseAfter === 0 || next.paused) return;
    next.failures += 1;
    if (next.failures >= bounds.pauseAfter) pause(next, rules);
  };
  end(`run ${which + 1} fails`, fail, 'failures');
}
