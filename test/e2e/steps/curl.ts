import { ended } from '../step-runs.ts';
import type { Step } from '../tally.ts';

const MINUTE = 60_000;

export default {
  name: 'curl',
  title: 'A run asked for by curl, through the gateway',
  async run(stage, check) {
    const { door, inside } = stage;
    const id = await check('POST /runs/trigger is answered 202', () => door.trigger('market-bars'));
    await check('the run becomes SUCCESS, its books balance', async () => {
      const run = await ended(stage, { id }, 8 * MINUTE);
      if (run.status !== 'SUCCESS') throw new Error(`it ended ${run.status}: ${run.error_message}`);
      const [sum] = await inside.rows(
        'runlog',
        `select coalesce(sum(read), 0)::int as read, coalesce(sum(written), 0)::int as written,
                coalesce(sum(rejected), 0)::int as rejected, count(*)::int as batches
           from batch_books where run_id = $1 and not aborted`,
        [id],
      );
      return `${sum?.read} rows read, ${sum?.written} written, ${sum?.rejected} rejected in ${sum?.batches} batches`;
    });
    await check('the same door says what is wrong with a wish that cannot be', async () => {
      const wish = { method: 'POST', body: { pipeline: 'nobody' } };
      const { status, body } = await door.ask('trigger', '/runs/trigger', wish);
      if (status < 400 || status > 499) throw new Error(`${status}: ${JSON.stringify(body)}`);
      return String(status);
    });
  },
} satisfies Step;
