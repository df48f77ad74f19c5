/** What an event was for and who was to take it: of ours by its type, of others as far as can be told. */
import { type EventName, eventData, TICK, typeOf } from '../events/event-types.ts';
import type { Letter } from './read.ts';

const FIRST_OF_OURS = '/kubescribe/';

type Purpose = { for: string; taker: string };

/** The name of an event of ours; undefined for any other. */
export const nameOfOurs = ({ event_type, event_source }: Letter): EventName | undefined =>
  event_source.startsWith(FIRST_OF_OURS) ? byType.get(event_type) : undefined;

const names = Object.keys(eventData) as EventName[];
const byType = new Map(names.map((name) => [typeOf(name), name]));

/** Which tick it is; undefined when it is none. */
export const tickOf = ({ event_type, attributes }: Letter): string | undefined =>
  event_type === TICK && typeof attributes.tick === 'string' ? attributes.tick : undefined;

/** In words of ours alone: nothing that came with the event is quoted unchecked. */
export function purposeOf(letter: Letter): Purpose {
  const name = nameOfOurs(letter);
  if (name) return purposes[name](subjectOf(letter));
  const tick = tickOf(letter);
  if (tick) return ticks[tick] ?? { for: 'wakes somebody who is not known here', taker: 'not known here' };
  return { for: 'is of another program; what for is not known here', taker: 'whoever a Trigger names' };
}

type Of = { run: string; pipeline: string };

function subjectOf({ run_id, pipeline }: Letter): Of {
  const of = pipeline ?? 'a pipeline that it does not name';
  return { run: `run ${run_id ?? 'that it does not name'} of ${of}`, pipeline: of };
}

const tells = (what: (of: Of) => string) => (of: Of) => ({ for: `tells that ${what(of)}`, taker: 'notify' });

const purposes: Record<EventName, (of: Of) => Purpose> = {
  'run.requested': ({ run }) => ({ for: `calls for the first slice of ${run}`, taker: 'run-pipeline' }),
  'run.continue': ({ run }) => ({ for: `calls for the next slice of ${run}`, taker: 'run-pipeline' }),
  'run.started': ({ run }) => ({
    for: `tells that ${run} began`,
    taker: 'nobody of KubeScribe; whoever else listens',
  }),
  'run.succeeded': tells(({ run }) => `${run} succeeded`),
  'run.failed': tells(({ run }) => `${run} failed`),
  'run.cancelled': tells(({ run }) => `${run} was cancelled`),
  'run.timed-out': tells(({ run }) => `${run} ran out of time`),
  'run.blocked': tells(({ run }) => `${run} cannot go on`),
  'slot.missed': tells(({ pipeline }) => `${pipeline} missed a slot`),
  'pipeline.paused': tells(({ pipeline }) => `${pipeline} was paused`),
  'notification.due': () => ({ for: 'asks for a mail to be sent', taker: 'notify' }),
  'upkeep.due': () => ({ for: 'says that upkeep has more to do', taker: 'upkeep' }),
};

const ticks: Record<string, Purpose> = {
  schedule: { for: 'wakes the planner: a slot may be due', taker: 'trigger' },
  minute: { for: 'wakes the sweep, each minute', taker: 'sweep' },
  daily: { for: 'wakes the upkeep, each day', taker: 'upkeep' },
};
