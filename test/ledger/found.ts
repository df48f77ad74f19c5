/** Orders of commands that once showed a fault, of the code or of the model: played again for ever. */
import type { Command } from './command.ts';
import { passing, sweep } from './commands.ts';
import { ask, cancelling, pausing, replaying } from './people.ts';
import { claim, leaving } from './workers.ts';

const SEVEN_HOURS = 7 * 3600;

export const found: { because: string; steps: () => Command[] }[] = [
  {
    because: "a replay is a person's wish: it takes the place of one that waits (overlap: replace)",
    steps: () => [
      passing(SEVEN_HOURS),
      sweep(),
      ask('hourly', 'replace', '', undefined),
      pausing('pause'),
      replaying(1),
    ],
  },
  {
    because: 'a pause after a failure ends at the latest with the time of the run',
    steps: () => [
      passing(SEVEN_HOURS),
      sweep(),
      passing(SEVEN_HOURS),
      claim(0, 0),
      leaving(0, { pause: 10, nextAttempt: true, progressed: false }),
      claim(0, 0),
    ],
  },
  {
    because: 'a run that is to be cancelled does not sleep before another try',
    steps: () => [
      ask('skip', 'skip', '', undefined),
      claim(0, 0),
      cancelling(0),
      leaving(0, { pause: 10, nextAttempt: true, progressed: false }),
      claim(0, 0),
    ],
  },
];
