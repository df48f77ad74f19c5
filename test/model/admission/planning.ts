/** Planning: due slots get their request, whatever tick came; pauses and changes of the schedule. */
import { CALENDAR } from './properties.ts';
import { ask, insert, tellMissed } from './requests.ts';
import { isOpen, type Rules, type State } from './state.ts';

/** Enters the slots up to the `until`-th; true when there were any. */
export function plan(s: State, until: number, rules: Rules): boolean {
  const { clauses } = rules;
  const slots = Array.from({ length: Math.max(0, until - s.planned) }, (_, i) => s.planned + i);
  if (!clauses.oldestFirst) slots.reverse();
  for (const slot of clauses.everyTickPlansAll ? slots : slots.slice(-1)) enter(s, slot, rules);
  if (clauses.plannedUntilMoves) s.planned = Math.max(s.planned, until);
  return slots.length > 0;
}

function enter(s: State, slot: number, rules: Rules): void {
  const { clauses, bounds } = rules;
  const request = s.requests[slot]!;
  if (request.place > 0 && clauses.slotIdIsItsInstant) return;
  const isExpired = s.due > slot + 1;
  if (clauses.pauseByHistory ? request.paused : s.paused) insert(s, slot, 'skipped');
  else if (isExpired && bounds.misfire === 'last') {
    insert(s, slot, 'missed');
    tellMissed(s, slot, rules);
  } else if (s.paused && clauses.pauseSkipsOverdue) insert(s, slot, 'skipped');
  else {
    request.extended = isExpired;
    ask(s, slot, rules);
  }
  if (request.paused && request.state !== 'skipped') s.broken ||= CALENDAR;
}

/** The next instant passes; in a pause it is one of the pause's. */
export function passTime(s: State): void {
  const request = s.requests[s.due];
  if (request && s.paused && !isOpen(request)) request.paused = true;
  s.due += 1;
}

/** Opens a pause: slots that wait are skipped. */
export function pause(s: State, { clauses, bounds }: Rules): void {
  s.paused = true;
  if (!clauses.pauseSkipsWaiting) return;
  for (const [i, request] of s.requests.entries()) {
    if (bounds.wishes[i]!.kind === 'slot' && request.state === 'waiting') request.state = 'skipped';
  }
}
