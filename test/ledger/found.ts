/** Orders of commands that once showed a fault, of the code or of the model: played again for ever. */
import type { Command } from './command.ts';
import { passing, sweep } from './commands.ts';
import { ask, pausing, replaying } from './people.ts';
import { claim, leaving } from './workers.ts';

export const found: { because: string; steps: () => Command[] }[] = [
  {
    because: "a replay is a person's wish: it takes the place of one that waits (overlap: replace)",
    steps: () => [
      passing('7 hours'),
      sweep(),
      ask('hourly', 'replace', '', undefined),
      pausing('pause'),
      replaying(1),
    ],
  },
  {
    because: 'a pause after a failure ends at the latest with the time of the run',
    steps: () => [
      passing('7 hours'),
      sweep(),
      passing('7 hours'),
      claim(0, 0),
      leaving(0, { pause: 10, nextAttempt: true, progressed: false }),
      claim(0, 0),
    ],
  },
];
