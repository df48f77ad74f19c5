import * as z from 'zod';
import { until } from '../patience.ts';
import { ended } from '../step-runs.ts';
import type { Step } from '../tally.ts';

const MINUTE = 60_000;
const Slots = z.array(z.looseObject({ slot: z.string(), state: z.string(), why: z.string().nullable() }));
const SETTLED = new Set(['ran', 'skipped', 'missed', 'replaced', 'cancelled']);
/** What other steps did on purpose is looked at here by queries that know of it. */
const OWN_EYES = /^(dead letters are only|only workers that died)/;

export default {
  name: 'ledger',
  title: 'The ledger',
  async run(stage, check) {
    const { door, inside, kubectl, poison, since } = stage;
    await check('the feed rests, the schedule pauses, and everything comes to its end', async () => {
      await kubectl(['scale', 'deployment/arrivals', '--replicas=0']);
      const { status } = await door.ask('schedules', '/pipelines/market-bars/pause', {
        method: 'POST',
        body: { why: 'e2e looks at the ledger' },
      });
      if (status !== 200) throw new Error(`schedules answered ${status}`);
      const last = await ended(stage, { id: await door.trigger('market-bars') }, 6 * MINUTE);
      if (last.status !== 'SUCCESS')
        throw new Error(`the last run ended ${last.status}: ${last.error_message}`);
      const open = `select (select count(*) from run_requests where state in ('waiting', 'live'))
                         + (select count(*) from outbox where done_at is null) as open`;
      await until(
        'nothing left to do',
        4 * MINUTE,
        async () => Number((await inside.rows('runlog', open))[0]?.open) === 0,
      );
    });
    await check('every slot since the deployment is accounted for', async () => {
      const path = `/pipelines/market-bars/calendar?from=${since.toISOString()}&to=${new Date().toISOString()}&limit=200`;
      const slots = Slots.parse((await door.ask('calendar', path)).body).filter(
        ({ slot }) => Date.parse(slot) <= Date.now(),
      );
      const open = slots.filter(({ state }) => !SETTLED.has(state) && state !== 'none');
      if (open.length > 0) throw new Error(JSON.stringify(open.slice(0, 3)));
      return slots
        .map(({ slot, state, why }) => `${slot.slice(11, 16)} ${state}${why ? ` (${why})` : ''}`)
        .join(', ');
    });
    await check('RunLog and reports contradict each other nowhere', async () => {
      const found = (await inside.contradictions()).filter((line) => !OWN_EYES.test(line));
      if (found.length > 0) throw new Error(found.join('; '));
    });
    await check('no event died but those that were poison', async () => {
      const rows = await inside.rows(
        'runlog',
        'select event_id, reason from dead_letters where not overtaken',
      );
      const others = rows.filter(({ event_id }) => !poison.has(String(event_id)));
      if (others.length > 0) throw new Error(JSON.stringify(others.slice(0, 3)));
      return `${rows.length} poison`;
    });
    await check('no run ended badly but those that were to', async () => {
      const rows = await inside.rows(
        'runlog',
        `select status, count(*)::int as runs, count(*) filter (where status <> 'SUCCESS' and error_message not like '%on purpose%'
                and error_code is distinct from 'JOB_OOM_KILLED' and status <> 'CANCELLED')::int as odd, min(error_message) as such_as from run_log group by 1 order by 1`,
      );
      const odd = rows.filter((row) => Number(row.odd) > 0);
      if (odd.length > 0) throw new Error(JSON.stringify(odd));
      return rows.map((row) => `${row.runs} ${row.status}`).join(', ');
    });
    await check('the reports are what the feed says, by SQL of its own', async () => {
      const found = await inside.differences();
      if (found.length > 0) throw new Error(`${found.length} differ: ${found.slice(0, 3).join('; ')}`);
    });
  },
} satisfies Step;
