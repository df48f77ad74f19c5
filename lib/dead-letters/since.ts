/** What became of the matter of a dead event since. */
import { nameOfOurs, tickOf } from './purpose.ts';
import type { Letter } from './read.ts';

/** `open`: it still waits for the event, or for what does the same. */
export type Since = { is: 'over' | 'open' | 'not known'; says: string };

const over = (says: string): Since => ({ is: 'over', says });

export function sinceOf(letter: Letter): Since {
  if (tickOf(letter)) return over('It was a wake-up; each later tick does what it would have done');
  switch (nameOfOurs(letter)) {
    case undefined:
      return { is: 'not known', says: 'What became of it is not known here' };
    case 'run.requested':
    case 'run.continue':
      return sinceSlice(letter);
    case 'run.started':
      return { is: 'not known', says: 'Only others take it; whether they know by now is not known here' };
    case 'notification.due':
      return sinceMail(letter);
    default:
      return sinceNews(letter);
  }
}

function sinceSlice(letter: Letter): Since {
  const { run_status, work_checkpoint, outbox_is, data } = letter;
  if (run_status === null) return over('Nobody knows its run any more');
  if (run_status !== 'STARTED') return over(`Its run has ended (${run_status})`);
  if (work_checkpoint === null) return over('Its run is recorded by another program, which alone goes on');
  if (typeof data?.checkpoint === 'number' && work_checkpoint > data.checkpoint)
    return over(`Its run has moved on to checkpoint ${work_checkpoint}`);
  if (outbox_is === 'done') return over('A worker has taken it since, and its run goes on by itself');
  return open(letter, 'Its run still waits for it');
}

function sinceMail({ mail_status }: Letter): Since {
  if (mail_status === null) return over('Nobody knows its mail any more');
  if (mail_status === 'sent') return over('Its mail was sent since');
  if (mail_status === 'failed') return over('Its mail was given up since');
  return { is: 'open', says: 'Its mail still waits; the sweep wakes notify again by itself' };
}

function sinceNews(letter: Letter): Since {
  if (letter.outbox_is === 'done') return over('Its consumer has taken it since');
  if (letter.outbox_is === 'open') return open(letter, 'Nobody has taken it yet');
  return over(
    'It is not open any more: its row in the outbox is gone, as those that are done go after a week',
  );
}

function open({ outbox_is, outbox_sends }: Letter, what: string): Since {
  if (outbox_is !== 'open') return { is: 'open', says: what };
  const times = outbox_sends === 1 ? 'once' : `${outbox_sends} times`;
  return { is: 'open', says: `${what}; the sweep sends it again by itself (sent ${times})` };
}
