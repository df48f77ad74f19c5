/** Asking, expiring and admitting: what is done with the pipeline's row locked. Each changes a copy of the state. */
import { brokenByBegin, FOREIGN, PROMISED, policyOf, QUEUE, REPLACED, SKIP, wisher } from './properties.ts';
import { isOpen, type Rules, type State } from './state.ts';

/** A unique index refused the transaction: nothing of it happened. */
export class RolledBack extends Error {}

const isWaiting = (s: State, i: number) => s.requests[i]!.state === 'waiting';

function inLane(s: State, which: number, { clauses, bounds }: Rules): number[] {
  const { lane } = bounds.wishes[which]!;
  return [...s.requests.keys()].filter(
    (i) =>
      i !== which && isOpen(s.requests[i]!) && (bounds.wishes[i]!.lane === lane || !clauses.lanesSideBySide),
  );
}

/** Whether a new request finds its lane taken. */
export const isTaken = (s: State, which: number, rules: Rules) => inLane(s, which, rules).length > 0;

/** Writes a row; a request that had one gets another. */
export function insert(s: State, which: number, state: 'waiting' | 'skipped' | 'missed'): void {
  const request = s.requests[which]!;
  request.place = Math.max(...s.requests.map(({ place }) => place)) + 1;
  request.asked += 1;
  request.state = state;
}

/** What the overlap policy makes of a wish. */
export function ask(s: State, which: number, rules: Rules, sawTaken = isTaken(s, which, rules)): void {
  const { clauses, bounds } = rules;
  const wish = bounds.wishes[which]!;
  const policy = policyOf(wish, s.requests[which]!);
  const rivals = inLane(s, which, rules);
  if (policy === 'skip' && sawTaken && clauses.skipDrops) {
    insert(s, which, 'skipped');
    if (!rivals.some((i) => bounds.wishes[i]!.lane === wish.lane)) s.broken ||= FOREIGN;
    return;
  }
  if (policy === 'queue' || policy === 'replace') {
    const waiting = rivals.filter((i) => isWaiting(s, i));
    for (const i of waiting) {
      const isOwn = wisher(bounds.wishes[i]!) === wisher(wish);
      if (!clauses.queueKeepsNewest || (clauses.ownKindOnly && !isOwn)) continue;
      s.requests[i]!.state = 'replaced';
      if (!isOwn) s.broken ||= PROMISED;
    }
  }
  const live = rivals.map((i) => s.requests[i]!).find(({ state }) => state === 'live');
  if (policy === 'replace' && live) {
    if (clauses.replaceCancelsLive) live.flagged = true;
    else s.broken ||= REPLACED;
  }
  insert(s, which, 'waiting');
  s.requests[which]!.first = policy === 'replace' && clauses.replaceGoesFirst;
}

/** Ends what has waited until its deadline: a slot's is the next slot, a person's the end of the time explored. */
export function expire(s: State, rules: Rules): void {
  const { wishes } = rules.bounds;
  const slots = wishes.filter(({ kind }) => kind === 'slot').length;
  for (const [i, request] of s.requests.entries()) {
    const { kind } = wishes[i]!;
    const isOver = s.due > (kind === 'slot' ? i + 1 : slots) && !request.extended;
    if (request.state !== 'waiting' || kind === 'backfill' || !isOver || !rules.clauses.waitingExpires)
      continue;
    request.state = kind === 'slot' ? 'missed' : 'cancelled';
    if (kind === 'slot') tellMissed(s, i, rules);
  }
}

export function tellMissed(s: State, which: number, { clauses }: Rules): void {
  if (clauses.missedToldWithIt) s.requests[which]!.told += 1;
  else if (s.begun.what === 'nothing') s.begun = { what: 'tell', request: which, saw: false };
}

/** The next of each lane, and of the backfill as many as it may have live: chosen by one statement, all on one look. */
export function admit(s: State, rules: Rules): void {
  const { clauses } = rules;
  if (s.paused && !clauses.pauseHoldsSlotsAlone) return;
  const chosen = [...nextOfLanes(s, rules), ...nextOfBackfill(s, rules)];
  const backfill = s.requests.filter((_, i) => rules.bounds.wishes[i]!.kind === 'backfill');
  const isOver = clauses.backfillEndsWithLast
    ? backfill.every((request) => !isOpen(request))
    : backfill.every(({ state }) => state !== 'live');
  s.backfillOver ||= isOver && backfill.some(({ asked }) => asked > 0);
  for (const i of chosen) begin(s, i, rules);
  // What was asked for by now and has to wait, waits.
  for (const [i, request] of s.requests.entries()) {
    if (request.state !== 'waiting') continue;
    const policy = policyOf(rules.bounds.wishes[i]!, request);
    if (policy === 'skip') s.broken ||= SKIP;
    if (policy === 'queue' && newerOfKind(s, i, rules)) s.broken ||= QUEUE;
  }
}

function newerOfKind(s: State, which: number, { bounds }: Rules): boolean {
  const wish = bounds.wishes[which]!;
  return s.requests.some((other, i) => {
    const rival = bounds.wishes[i]!;
    const isAlike = rival.lane === wish.lane && wisher(rival) === wisher(wish) && rival.policy === 'queue';
    return isAlike && other.state === 'waiting' && other.place > s.requests[which]!.place;
  });
}

function nextOfLanes(s: State, { clauses, bounds }: Rules): number[] {
  const isBackfilling = s.requests.some(
    ({ state }, i) => state === 'live' && bounds.wishes[i]!.kind === 'backfill',
  );
  if (isBackfilling && !clauses.backfillsApartFromLanes) return [];
  const lanes = new Set(bounds.wishes.map(({ lane }) => lane));
  return [...lanes].flatMap((lane) => {
    if (isLive(s, lane, bounds.wishes)) return [];
    const waiting = [...s.requests.keys()].filter((i) => {
      const wish = bounds.wishes[i]!;
      return isWaiting(s, i) && wish.lane === lane && wish.kind !== 'backfill';
    });
    return inOrder(s, waiting).slice(0, 1);
  });
}

function nextOfBackfill(s: State, { clauses, bounds }: Rules): number[] {
  if (s.backfillOver) return [];
  const ofBackfill = [...s.requests.keys()].filter((i) => bounds.wishes[i]!.kind === 'backfill');
  const live = ofBackfill.filter((i) => s.requests[i]!.state === 'live').length;
  const may = ofBackfill.filter((i) => {
    const { lane } = bounds.wishes[i]!;
    const hasNamesake = s.requests.some((_, k) => {
      const wish = bounds.wishes[k]!;
      return isWaiting(s, k) && wish.lane === lane && wish.kind !== 'backfill';
    });
    return isWaiting(s, i) && !isLive(s, lane, bounds.wishes) && !(hasNamesake && clauses.namesakeGoesFirst);
  });
  return inOrder(s, may).slice(0, clauses.backfillKeepsConcurrency ? bounds.concurrency - live : may.length);
}

const isLive = (s: State, lane: number, wishes: Rules['bounds']['wishes']) =>
  s.requests.some(({ state }, i) => state === 'live' && wishes[i]!.lane === lane);

function inOrder(s: State, requests: number[]): number[] {
  const rank = (i: number) => s.requests[i]!.place - (s.requests[i]!.first ? s.requests.length : 0);
  return requests.sort((a, b) => rank(a) - rank(b));
}

export function begin(s: State, which: number, rules: Rules): void {
  const { clauses, bounds } = rules;
  if (clauses.oneLiveIndex && isLive(s, bounds.wishes[which]!.lane, bounds.wishes)) throw new RolledBack();
  s.broken ||= brokenByBegin(s, which, rules);
  const request = s.requests[which]!;
  request.state = 'live';
  request.begun += 1;
}
