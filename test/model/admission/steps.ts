/**
 * Planning, admission and policies of one pipeline (blueprint §6.1–6.2): all steps from a state. A transaction is one
 * step, as the lock of the pipeline's row makes it; a run is a thing that ends.
 *
 * Up to five requests in up to three lanes: slots, people's, replays, one backfill; ticks that come twice, early, late
 * or not at all. Time is the instants of the slots, each the deadline of the slot before. What the model leaves out: the
 * events and the work of a run (the study of a run), caps of catching up, clock changes (test/lib/schedule), several
 * pipelines (none looks at another's requests), several backfills (each counts its own).
 */
import type { Emit as EmitOf, Kind } from '../search.ts';
import { ends } from './ends.ts';
import { passTime, pause, plan } from './planning.ts';
import { brokenAfterTick, brokenIn, REFUSED } from './properties.ts';
import { admit, expire, RolledBack } from './requests.ts';
import type { Faults, Rules, State, shapeOf } from './state.ts';
import { goesOn, looks } from './unlocked.ts';
import { wishes } from './wishes.ts';

type Emit = EmitOf<State>;
export type Step = (label: string, change: (next: State) => void, fault?: keyof Faults | 'wish') => void;

export function allSteps(s: State, rules: Rules, shape: ReturnType<typeof shapeOf>, emit: Emit): void {
  const step: Step = (label, change, fault) => {
    if (fault && fault !== 'wish' && s.left[fault] === 0) return;
    const next = shape.copy(s);
    if (fault && fault !== 'wish') next.left[fault] -= 1;
    try {
      change(next);
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error;
      if (!rules.clauses.lockPipelineFirst) return;
      next.broken = REFUSED;
    }
    canonical(next);
    next.broken ||= brokenIn(next, rules);
    const kind: Kind = fault ? 'fault' : 'usual';
    emit(next, label, kind);
  };
  clockAndTicks(s, rules, step);
  for (const which of s.requests.keys()) {
    wishes(s, which, rules, step);
    ends(s, which, rules, step);
  }
  pausing(s, rules, step);
  if (s.begun.what === 'nothing') looks(s, rules, step);
  else goesOn(s, rules, step);
}

function clockAndTicks(s: State, rules: Rules, step: Step): void {
  const slots = rules.bounds.wishes.filter(({ kind }) => kind === 'slot').length;
  if (s.due <= slots) step(`instant ${s.due + 1} passes`, passTime);
  const due = Math.min(s.due, slots);
  const tick = (label: string, until: number) =>
    step(label, (next) => {
      const hasPlanned = plan(next, until, rules);
      expire(next, rules);
      if (hasPlanned || rules.clauses.tickAdmits) admit(next, rules);
      next.broken ||= brokenAfterTick(next, rules);
    });
  tick('a tick plans and admits', due);
  if (due < slots && s.due < slots && !s.paused)
    tick('a tick comes a moment early, plans and admits', due + 1);
  step(
    'the schedule changes, its slots do not',
    (next) => {
      plan(next, due, rules);
      next.planned = due;
      expire(next, rules);
      admit(next, rules);
    },
    'changes',
  );
}

function pausing(s: State, rules: Rules, step: Step): void {
  if (!s.paused) step('somebody pauses the schedule', (next) => pause(next, rules), 'pauses');
  else
    step(
      'somebody resumes the schedule',
      (next) => {
        next.paused = false;
        next.failures = 0;
      },
      'wish',
    );
}

/** Ordinals are numbered by rank. */
function canonical(s: State): void {
  const places = s.requests.map(({ place }) => place).filter((place) => place > 0);
  for (const request of s.requests) {
    if (request.place > 0) request.place = places.filter((place) => place <= request.place).length;
  }
}
