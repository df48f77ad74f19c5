/** Which slots a tick must find: whole hours, counted by hand, under misfire `all`. */
import { enter, expireAndAdmit, type Ledger } from './model.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const EARLY = 2 * SECOND;
const ON_TIME = 60 * SECOND;

/** Enters every whole hour since the last planned one, under the id that its row has. */
export function planHours(ledger: Ledger, pipeline: string, now: number, idOf: (slot: Date) => string): void {
  const first = Math.floor(ledger.plannedUntil / HOUR) * HOUR + HOUR;
  for (let slot = first; slot <= now + EARLY; slot += HOUR) {
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
    if (!onTime && age > DAY) ledger.requests.push({ ...request, state: 'missed' });
    else enter(ledger, request, 'queue-all');
    ledger.plannedUntil = slot;
  }
  expireAndAdmit(ledger, pipeline, now);
}
