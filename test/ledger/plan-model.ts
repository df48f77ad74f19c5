/** Which slots a tick must find: whole hours, counted by hand, under misfire `all`. */
import { enter, expireAndAdmit, type Ledger } from './model.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const EARLY = 2 * SECOND;
const ON_TIME = 60 * SECOND;

/** Enters every whole hour since the last planned one, under the id that its row has. */
export function planHours(ledger: Ledger, pipeline: string, now: number, idOf: (slot: Date) => string): void {
  const open = ledger.pauses.at(-1)?.until === Number.POSITIVE_INFINITY;
  const first = Math.floor(ledger.plannedUntil / HOUR) * HOUR + HOUR;
  for (let slot = first; slot <= now + (open ? 0 : EARLY); slot += HOUR) {
    const age = now - slot;
    const onTime = age <= ON_TIME && now < slot + HOUR;
    const request = {
      id: idOf(new Date(slot)),
      pipeline,
      lane: '',
      kind: 'slot' as const,
      state: 'waiting' as const,
      first: false,
      deadline: onTime ? slot + HOUR : now + DAY,
    };
    if (ledger.pauses.some(({ from, until }) => from <= slot && slot < until))
      ledger.requests.push({ ...request, state: 'skipped' });
    else if (!onTime && age > DAY) ledger.requests.push({ ...request, state: 'missed' });
    else if (open) ledger.requests.push({ ...request, state: 'skipped' });
    else enter(ledger, request, 'queue-all');
    ledger.plannedUntil = slot;
  }
  expireAndAdmit(ledger, pipeline, now);
}

/** Opens a pause, unless one is open: the slots that wait are skipped. */
export function pauseAt(ledger: Ledger, pipeline: string, now: number): void {
  if (ledger.pauses.at(-1)?.until === Number.POSITIVE_INFINITY) return;
  ledger.pauses.push({ from: now, until: Number.POSITIVE_INFINITY });
  for (const request of ledger.requests) {
    if (request.pipeline === pipeline && request.kind === 'slot' && request.state === 'waiting')
      request.state = 'skipped';
  }
}

/** Closes the open pause. */
export function resumeAt(ledger: Ledger, now: number): void {
  const last = ledger.pauses.at(-1);
  if (last?.until === Number.POSITIVE_INFINITY) last.until = now;
}
