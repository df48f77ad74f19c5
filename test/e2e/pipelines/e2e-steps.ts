/** For e2e: each step writes a row under its label, takes its time, and may fail on purpose. Labels run side by side. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import * as z from 'zod';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { task } from '../../../lib/pipeline/task.ts';
import { emptyBooks } from '../../../lib/report/books.ts';

type Params = { label: string; steps: number; pause: number; fail: boolean };

const steps = task<Params>(
  'steps',
  async function* ({ params, report, batch, signal }) {
    const { label, pause } = params;
    for (let step = (await lastStep(report(), label)) + 1; step <= params.steps; step++) {
      await batch('e2e_steps', async (client) => {
        await client.query(
          'create table if not exists kubescribe.e2e_steps (label text not null, step integer not null)',
        );
        await client.query('insert into kubescribe.e2e_steps values ($1, $2)', [label, step]);
        return { books: { ...emptyBooks(), read: 1, written: 1 } };
      });
      yield { step };
      await wait(pause, undefined, { signal });
    }
    if (params.fail) throw new Error('failed on purpose');
  },
  { movesRows: true },
);

/** What was committed, whoever committed it: a process that dies leaves no other word of how far it came. */
async function lastStep(report: Client, label: string): Promise<number> {
  const { rows } = await report.query(`select to_regclass('kubescribe.e2e_steps') is not null as there`);
  if (!rows[0].there) return 0;
  const found = await report.query('select max(step) as last from kubescribe.e2e_steps where label = $1', [
    label,
  ]);
  return Number(found.rows[0].last);
}

export default pipeline<Params>('e2e-steps', {
  params: z.strictObject({
    label: z.string().default('none'),
    steps: z.number().default(3),
    pause: z.number().default(0),
    fail: z.boolean().default(false),
  }),
  key: ({ label }) => label,
  retry: { attempts: 1 },
  tasks: [steps],
});
