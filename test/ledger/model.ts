/** What the ledger must say, told in plain words over plain objects: requests, lanes, leases, ends. */
import type { Overlap } from '../../lib/requests/ask.ts';

const SECOND = 1000;
const LEASE = 30 * SECOND;
const PATIENCE = 24 * 3600 * SECOND;
const RUN_TIMEOUT = 2 * 3600 * SECOND;
const DEATHS = 3;

type State = 'waiting' | 'live' | 'ran' | 'skipped' | 'missed' | 'replaced' | 'cancelled';

export type Request = {
  id: string;
  pipeline: string;
  lane: string;
  kind: 'slot' | 'person' | 'replay';
  state: State;
  first: boolean;
  deadline: number;
  /** How its run ended. */
  status?: string;
};

export type Work = {
  epoch: number;
  leaseUntil: number | undefined;
  checkpoint: number;
  attempt: number;
  deaths: number;
  wakeAt: number;
  deadline: number;
  cancelled: boolean;
};

export type Ledger = {
  /** In the order in which they were asked for. */
  requests: Request[];
  works: Map<string, Work>;
  /** Who asked under a key, and for what. */
  keys: Map<string, { id: string; wish: string }>;
  plannedUntil: number;
  /** The pauses of the schedule; the last may be open. */
  pauses: { from: number; until: number }[];
};

export const emptyLedger = (now: number): Ledger => ({
  requests: [],
  works: new Map(),
  keys: new Map(),
  plannedUntil: now,
  pauses: [],
});

const rivals = ({ requests }: Ledger, { pipeline, lane }: Request) =>
  requests.filter(
    (other) =>
      other.pipeline === pipeline &&
      other.lane === lane &&
      (other.state === 'waiting' || other.state === 'live'),
  );

/** People and slots do not replace each other's wishes. */
const isSlot = ({ kind }: Request) => kind === 'slot';

/** Enters a request as its policy wants it. */
export function enter(ledger: Ledger, request: Request, policy: Overlap): void {
  const others = rivals(ledger, request);
  ledger.requests.push(request);
  if (policy === 'skip' && others.length > 0) {
    request.state = 'skipped';
    return;
  }
  if (policy === 'queue' || policy === 'replace') {
    for (const other of others) {
      if (other.state === 'waiting' && isSlot(other) === isSlot(request)) other.state = 'replaced';
    }
  }
  if (policy !== 'replace') return;
  request.first = true;
  for (const { id, state } of others) if (state === 'live') flag(ledger, id);
}

/** A person's wish for a run. */
export function ask(
  ledger: Ledger,
  now: number,
  wish: Omit<Request, 'state' | 'first' | 'deadline'>,
  policy: Overlap,
) {
  enter(ledger, { ...wish, state: 'waiting', first: false, deadline: now + PATIENCE }, policy);
  expireAndAdmit(ledger, wish.pipeline, now);
}

/** Cancels what waits, and what lives and nobody works on; a worker sees its flag. False: it had ended. */
export function cancel(ledger: Ledger, request: Request, now: number): boolean {
  const work = ledger.works.get(request.id);
  if (request.state === 'waiting') {
    request.state = 'cancelled';
    expireAndAdmit(ledger, request.pipeline, now);
    return true;
  }
  if (!work) return false;
  flag(ledger, request.id);
  if (work.leaseUntil === undefined || work.leaseUntil <= now) end(ledger, request.id, 'CANCELLED', now);
  return true;
}

function flag(ledger: Ledger, id: string): void {
  const work = ledger.works.get(id);
  if (!work || work.cancelled) return;
  work.cancelled = true;
  work.wakeAt = 0;
}

/** Ends what waited too long, then lets the next of each free lane live. */
export function expireAndAdmit(ledger: Ledger, pipeline: string, now: number): void {
  const ours = ledger.requests.filter((request) => request.pipeline === pipeline);
  for (const request of ours) {
    if (request.state === 'waiting' && request.deadline <= now)
      request.state = request.kind === 'slot' ? 'missed' : 'cancelled';
  }
  for (const lane of new Set(ours.map((request) => request.lane))) {
    const inLane = ours.filter((request) => request.lane === lane);
    if (inLane.some(({ state }) => state === 'live')) continue;
    const waiting = inLane.filter(({ state }) => state === 'waiting');
    const next = waiting.find(({ first }) => first) ?? waiting[0];
    if (!next) continue;
    next.state = 'live';
    ledger.works.set(next.id, {
      epoch: 0,
      leaseUntil: undefined,
      checkpoint: 0,
      attempt: 1,
      deaths: 0,
      wakeAt: 0,
      deadline: now + RUN_TIMEOUT,
      cancelled: false,
    });
  }
}

/** Whether a worker that comes now for the work's checkpoint gets it. */
export function mayClaim(work: Work, now: number): boolean {
  const expired = work.leaseUntil !== undefined && work.leaseUntil <= now;
  if (work.leaseUntil !== undefined && !expired) return false;
  return work.deaths + (expired ? 1 : 0) < DEATHS && work.wakeAt <= now;
}

export function claimed(work: Work, epoch: number, now: number): void {
  if (work.leaseUntil !== undefined) work.deaths += 1;
  Object.assign(work, { epoch, leaseUntil: now + LEASE, wakeAt: 0 });
}

export const renewed = (work: Work, now: number) => {
  work.leaseUntil = now + LEASE;
};

export type Leaving = { pause: number; nextAttempt: boolean; progressed: boolean };

export function left(work: Work, now: number, { pause, nextAttempt, progressed }: Leaving): void {
  work.checkpoint += 1;
  work.leaseUntil = undefined;
  // Nobody sleeps through the end of his time, or when he is to be cancelled.
  work.wakeAt = pause > 0 && !work.cancelled ? Math.min(now + pause * SECOND, work.deadline) : 0;
  if (nextAttempt) work.attempt += 1;
  if (progressed) work.deaths = 0;
}

/** Ends a live run; its lane goes on. */
export function end(ledger: Ledger, id: string, status: string, now: number): void {
  const request = ledger.requests.find((candidate) => candidate.id === id)!;
  Object.assign(request, { state: 'ran', status });
  ledger.works.delete(id);
  expireAndAdmit(ledger, request.pipeline, now);
}

/** What a sweep does of the works that nobody holds. */
export function sweep(ledger: Ledger, now: number): void {
  for (const [id, work] of [...ledger.works]) {
    const expired = work.leaseUntil !== undefined && work.leaseUntil <= now;
    const overdue = work.deadline <= now;
    if (work.leaseUntil !== undefined && !expired) continue;
    if (!expired && !work.cancelled && !overdue && work.deaths < DEATHS) continue;
    work.epoch = Number.NaN;
    if (expired) work.deaths += 1;
    const status = work.cancelled
      ? 'CANCELLED'
      : overdue
        ? 'TIMEOUT'
        : work.deaths >= DEATHS
          ? 'ERROR'
          : undefined;
    if (status) end(ledger, id, status, now);
    else left(work, now, { pause: 0, nextAttempt: false, progressed: false });
  }
}
