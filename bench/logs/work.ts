/** The same work with and without a word: reading, reckoning and a query, again and again. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { pipeline } from '../../lib/pipeline/define.ts';
import { task } from '../../lib/pipeline/task.ts';

const SECOND = 1000;
const STEPS = 2000;
/** Steps between two points at which the run may pause. */
const PAUSE = 10;
const PIECE = Buffer.alloc(4 * 1024 * 1024, 'x');
const QUERY = 'select sum(hashint4(n)) from generate_series(1, 20000) as n';

/** A pipeline that says so many lines a second while it works. */
export const working = (name: string, linesASecond: number) =>
  pipeline(name, {
    params: z.strictObject({}),
    tasks: [
      task('work', async function* ({ log, report, state }) {
        const began = performance.now();
        let said = 0;
        for (let step = Number(state.step ?? 0); step < STEPS; step++) {
          createHash('sha256').update(PIECE).digest();
          await report().query(QUERY);
          const due = ((performance.now() - began) / SECOND) * linesASecond;
          for (; said < due; said++)
            await log.info(`line ${said} of step ${step}: rows read from vendor_${said % 7}`, { step, said });
          if (step % PAUSE === 0) yield { step: step + 1 };
        }
      }),
    ],
  });
