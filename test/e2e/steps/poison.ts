import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { until } from '../patience.ts';
import { reached, sliceStory, startSteps, succeeded } from '../step-runs.ts';
import type { Step } from '../tally.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const REQUESTED = 'dev.kubescribe.run.requested';
const Letters = z.array(
  z.looseObject({ event_id: z.string(), death: z.string(), error_code: z.int().nullable() }),
);

export default {
  name: 'poison',
  title: 'A duplicate and a poison event',
  async run(stage, check) {
    const { door, inside, poison } = stage;
    const letters = async () =>
      Letters.parse((await door.ask('dead-letters', '/dead-letters?limit=100')).body);
    const run = await startSteps(stage, 'doubled', { steps: 8, pause: 500 });
    await reached(stage, run, 1);
    const [first] = await inside.rows(
      'runlog',
      'select id, data from outbox where run_id = $1 and type = $2',
      [run.id, REQUESTED],
    );
    const again = { id: String(first?.id), type: REQUESTED, data: first?.data };
    await check(
      'a duplicate of its beginning, while it works and when it is over, changes nothing',
      async () => {
        const live = await door.publish(again);
        await succeeded(stage, run, 3 * MINUTE);
        const before = await sliceStory(stage, run);
        const over = await door.publish(again);
        // Nothing tells that an event was put aside: this is time enough for a warm function.
        await wait(8 * SECOND);
        const after = await sliceStory(stage, run);
        if (before !== after) throw new Error(`${before}, then ${after}`);
        return `the Broker answered ${live} and ${over}; ${after}`;
      },
    );
    await check('a poison event goes to the dead letters at once, and says why', async () => {
      const id = randomUUID();
      poison.add(id);
      const status = await door.publish({
        id,
        type: REQUESTED,
        data: { run_id: 'none', pipeline: 'e2e-steps' },
      });
      const letter = await until('the dead letter', 2 * MINUTE, async () =>
        (await letters()).find(({ event_id }) => event_id === id),
      );
      return `the Broker answered ${status}; kept as ${letter.death}, ${letter.error_code}`;
    });
    await check('the duplicates left no dead letter that is no overtaken one', async () => {
      const found = await inside.rows(
        'runlog',
        'select reason from dead_letters where event_id = $1 and not overtaken',
        [again.id],
      );
      if (found.length > 0) throw new Error(JSON.stringify(found));
    });
  },
} satisfies Step;
