/** A pipeline of small chores, due each hour: each run that succeeds leaves one row in the report. */
import * as z from 'zod';
import { pipeline } from '../../../lib/pipeline/define.ts';
import { task } from '../../../lib/pipeline/task.ts';
import { emptyBooks } from '../../../lib/report/books.ts';

type Params = { stumble: boolean; fail: boolean };

const HOUR = 3600_000;

const stumble = task<Params>('stumble', async function* (context) {
  if (!context.params.stumble || context.state.stumbled) return;
  yield { stumbled: true };
  throw new Error('the first try fails on purpose');
});

const note = task<Params>('note', async function* (context) {
  const { slot, range, runId } = context;
  // Whoever died after the commit left its row, and the commit row that says so.
  if ((await context.watermark())?.runId !== runId) {
    await context.batch('chores_done', async (report) => {
      const values = [runId, slot ?? null, range?.from ?? null, range?.until ?? null];
      await report.query('insert into chores_done values ($1, $2, $3, $4)', values);
      return { books: { ...emptyBooks(), read: 1, written: 1 } };
    });
    yield {};
  }
  if (context.params.fail) throw new Error('it fails on purpose');
});

export default pipeline<Params>('chores', {
  default: true,
  schedule: '0 * * * *',
  timezone: 'UTC',
  misfire: { policy: 'all', maxSlots: 2, maxAge: 24 * HOUR },
  params: z.strictObject({ stumble: z.boolean().default(false), fail: z.boolean().default(false) }),
  retry: { attempts: 2, backoff: 0.01 },
  tasks: [stumble, note],
});
