import type { Attempt } from './delivery.ts';
import type { Delivered } from './trigger.ts';
import { shownData, type WireEvent } from './wire-event.ts';

/** One delivery attempt of an event. */
export type Attempted = Attempt & {
  trigger: string;
  kind: 'subscriber' | 'reply' | 'dead-letter';
  url: string;
};

/** What became of an event: nobody wanted it, it is under way, or how its deliveries ended. */
export type Outcome = 'unwanted' | 'pending' | Delivered;

export type TapEntry = {
  receivedAt: string;
  broker: string;
  attributes: Record<string, string>;
  data: unknown;
  outcome: Outcome;
  deliveries: (Attempted & { at: string })[];
};

/** The last events that passed the Brokers, each with its delivery attempts. */
export type Tap = {
  open(broker: string, event: WireEvent): TapEntry;
  record(entry: TapEntry, attempt: Attempted): void;
  /** Newest first. */
  list(options?: { type?: string | undefined; limit?: number }): TapEntry[];
};

const KEPT_EVENTS = 3000;
/** Reply loops and long outages shall not fill the memory. */
const KEPT_ATTEMPTS = 50;
const SHOWN_DATA_BYTES = 16 * 1024;

/** Makes an empty tap. */
export function openTap(): Tap {
  const entries: TapEntry[] = [];
  return {
    open(broker, event) {
      const long = event.data.length > SHOWN_DATA_BYTES;
      const entry: TapEntry = {
        receivedAt: new Date().toISOString(),
        broker,
        attributes: { ...event.attributes },
        data: long ? `${event.data.length} bytes, not kept` : shownData(event),
        outcome: 'pending',
        deliveries: [],
      };
      entries.push(entry);
      if (entries.length > KEPT_EVENTS) entries.shift();
      return entry;
    },
    record(entry, attempt) {
      if (entry.deliveries.length < KEPT_ATTEMPTS) {
        entry.deliveries.push({ ...attempt, at: new Date().toISOString() });
      }
    },
    list({ type, limit = KEPT_EVENTS } = {}) {
      const found: TapEntry[] = [];
      for (let i = entries.length - 1; i >= 0 && found.length < limit; i -= 1) {
        const entry = entries[i];
        if (entry && (type === undefined || entry.attributes.type === type)) found.push(entry);
      }
      return found;
    },
  };
}
