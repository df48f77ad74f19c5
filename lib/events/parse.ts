import { type EventData, type EventName, eventData, typeOf } from './event-types.ts';
import type { Received } from './receive.ts';
import { PoisonEvent } from './receive.ts';

type Parsed<N extends EventName> = { [K in N]: { name: K; data: EventData<K> } }[N];

/** An event of one of these names with its data checked; anything else is poison. */
export function parseEvent<N extends EventName>(event: Received, names: readonly N[]): Parsed<N> {
  const name = names.find((candidate) => typeOf(candidate) === event.type);
  if (!name)
    throw new PoisonEvent(`${event.type} is not for this function, which takes ${names.join(', ')}.`);
  const parsed = eventData[name].safeParse(event.data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PoisonEvent(
      `The data of ${event.type} is wrong at "${issue?.path.join('.')}": ${issue?.message}.`,
    );
  }
  return { name, data: parsed.data } as Parsed<N>;
}
