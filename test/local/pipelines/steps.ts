/**
 * A pipeline that takes its time: each step writes a row, where pipelines may make tables, and gives way after it. A start
 * may be in more of a hurry than the run was asked to be.
 */
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { task } from '../../../lib/pipeline/task.ts';
import { emptyBooks } from '../../../lib/report/books.ts';

type Params = { steps: number; pause: number };

const steps = task<Params>(
  'steps',
  async function* ({ params, state, batch, signal }) {
    for (let step = Number(state.step ?? 0) + 1; step <= params.steps; step++) {
      await batch('steps', async (client) => {
        await client.query('create table if not exists kubescribe.steps (step integer not null)');
        await client.query('insert into kubescribe.steps values ($1)', [step]);
        return { books: { ...emptyBooks(), read: 1, written: 1 } };
      });
      yield { step };
      await wait(Number(process.env.STEPS_PAUSE ?? params.pause), undefined, { signal });
    }
  },
  { movesRows: true },
);

export default pipeline<Params>('steps', {
  default: true,
  params: z.strictObject({ steps: z.number().default(3), pause: z.number().default(0) }),
  tasks: [steps],
});
