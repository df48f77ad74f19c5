/** What must hold, each as the sentence that a trace is headed with. */
import { isEnded, isOpen, type Request, type Rules, type State, type Wish } from './state.ts';

export const ONE_LIVE = 'one live request a lane';
export const ASKED_ONCE = 'a slot, and a key, is asked for once';
export const ONE_RUN = 'a request becomes one run';
export const SKIP = 'under `skip` nothing waits';
export const QUEUE = 'under `queue` one waits, the newest';
export const PROMISED = 'what a person was promised is not taken back for a slot';
export const FOREIGN = 'a wish is skipped only for a rival in its lane';
export const REPLACED = 'a run that is replaced is told to end';
export const REFUSED = 'no transaction that holds the lock is refused by an index';
export const REPLACES = 'who replaces goes first';
export const IN_ORDER = 'requests of a lane begin in their order';
export const PAUSED = 'no slot begins while its schedule is paused';
export const CALENDAR = 'a slot of a pause is skipped';
export const WITHDRAWN = 'what was cancelled while it waited does not begin';
export const AGAIN = 'a run is done again only after its end';
export const CONCURRENCY = 'a backfill has no more live than it was told';
export const NEXT_TICK = 'a waiting request of a free lane is admitted by the next tick';
export const TOLD = 'slot.missed is told once a missed slot';
export const STUCK = 'from every state every request can end';

/** Whose wish it is: whoever replays a run is a person. */
export const wisher = ({ kind }: Wish) => (kind === 'replay' ? 'person' : kind);

/** The policy that counts: slots that catch up queue. */
export const policyOf = (wish: Wish, { extended }: Request) => (extended ? 'queue-all' : wish.policy);

/** What the beginning of a run breaks; empty when nothing. */
export function brokenByBegin(s: State, which: number, { bounds }: Rules): string {
  const wish = bounds.wishes[which]!;
  const request = s.requests[which]!;
  if (request.begun > 0) return ONE_RUN;
  if (wish.kind === 'slot' && s.paused) return PAUSED;
  if (request.promised) return WITHDRAWN;
  if (wish.again !== undefined && !isEnded(s.requests[wish.again]!)) return AGAIN;
  if (wish.kind === 'backfill') return '';
  for (const [i, other] of s.requests.entries()) {
    const rival = bounds.wishes[i]!;
    const waits = i !== which && other.state === 'waiting' && rival.lane === wish.lane;
    if (!waits || rival.kind === 'backfill') continue;
    const replaces = policyOf(wish, request) === 'replace';
    const isReplacer = policyOf(rival, other) === 'replace';
    if (isReplacer && !replaces) return REPLACES;
    const isOlder = wish.kind === 'slot' && rival.kind === 'slot' ? i < which : other.place < request.place;
    if (isReplacer === replaces && isOlder) return IN_ORDER;
  }
  return '';
}

/** What a state breaks by itself; empty when nothing. */
export function brokenIn(s: State, { bounds }: Rules): string {
  const { wishes } = bounds;
  let backfilling = 0;
  for (const [i, { state, asked, told }] of s.requests.entries()) {
    if (asked > 1) return ASKED_ONCE;
    if (told > 1) return TOLD;
    if (state !== 'live') continue;
    if (wishes[i]!.kind === 'backfill') backfilling += 1;
    for (let k = 0; k < i; k += 1) {
      if (s.requests[k]!.state === 'live' && wishes[k]!.lane === wishes[i]!.lane) return ONE_LIVE;
    }
  }
  if (backfilling > bounds.concurrency) return CONCURRENCY;
  return isGoal(s, bounds.wishes) && s.requests.some((r) => r.state === 'missed' && r.told !== 1) ? TOLD : '';
}

/** What a tick that planned, expired and admitted must not leave behind. */
export function brokenAfterTick(s: State, { bounds }: Rules): string {
  const isTaken = (lane: number) =>
    s.requests.some(({ state }, i) => state === 'live' && bounds.wishes[i]!.lane === lane);
  const isHeld = s.requests.some(({ state }, i) => {
    const { kind, lane } = bounds.wishes[i]!;
    return state === 'waiting' && kind !== 'backfill' && !isTaken(lane);
  });
  return isHeld ? NEXT_TICK : '';
}

/** Every slot was asked for, and everything that was asked for has ended; what is endless may be live. */
export function isGoal(s: State, wishes: readonly Wish[]): boolean {
  if (s.begun.what !== 'nothing') return false;
  return s.requests.every((request, i) => {
    const { kind, endless } = wishes[i]!;
    if (request.state === 'not asked') return kind !== 'slot';
    return !isOpen(request) || (request.state === 'live' && endless && !request.flagged);
  });
}
