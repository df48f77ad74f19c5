/** A dead letter in words: what it was for, why it died, what became of it, and whether sending it again makes sense. */
import { eventData } from '../events/event-types.ts';
import { deathOf } from './death.ts';
import { nameOfOurs, purposeOf, tickOf } from './purpose.ts';
import type { Letter } from './read.ts';
import { type Since, sinceOf } from './since.ts';

/** `refused`: what would be sent is not, or not surely, what was sent at first. */
type Advice = { replay: 'useful' | 'pointless' | 'refused'; because: string };

export type Explanation = { for: string; taker: string; died: string; since: string } & Advice;

export function explain(letter: Letter): Explanation {
  const since = sinceOf(letter);
  return { ...purposeOf(letter), died: deathOf(letter), since: `${since.says}.`, ...adviceOf(letter, since) };
}

function adviceOf(letter: Letter, since: Since): Advice {
  const name = nameOfOurs(letter);
  if (!name && !tickOf(letter))
    return refused('it is no event of KubeScribe: only who sent it knows what sending it again would do');
  if (letter.altered) return refused(`what is kept is not what came: ${letter.altered}`);
  if (letter.outbox_differs) return refused('it is not what was sent under this id');
  if (name && !eventData[name].safeParse(letter.data).success)
    return pointless('its data is not what such an event holds: it would be refused again');
  if (since.is === 'over') return pointless(lower(since.says));
  if (since.is === 'open' && letter.outbox_is === 'open')
    return { replay: 'useful', because: 'it is sent now, not only when the sweep comes to it' };
  return { replay: 'useful', because: lower(since.says) };
}

const refused = (because: string): Advice => ({ replay: 'refused', because });
const pointless = (because: string): Advice => ({ replay: 'pointless', because });
const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
