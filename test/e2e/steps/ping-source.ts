import * as z from 'zod';
import { until } from '../patience.ts';
import type { Step } from '../tally.ts';

const MINUTE = 60_000;
const Slots = z.array(
  z.looseObject({
    slot: z.string(),
    state: z.string(),
    status: z.string().nullable(),
    run_id: z.string().nullable(),
    started_at: z.string().nullable(),
  }),
);

export default {
  name: 'ping-source',
  title: "A run of a schedule, made by its PingSource's tick",
  async run({ door, since }, check) {
    await check('a slot of market-bars ran and became SUCCESS', async () => {
      const path = `/pipelines/market-bars/calendar?from=${since.toISOString()}&to=${new Date(Date.now() + 8 * MINUTE).toISOString()}`;
      const found = await until('a slot that ran', 8 * MINUTE, async () => {
        const slots = Slots.parse((await door.ask('calendar', path)).body);
        return slots.find(({ state, status }) => state === 'ran' && status === 'SUCCESS');
      });
      const { trigger } = await door.run(found.run_id ?? '');
      if (trigger !== 'cron') throw new Error(`run ${found.run_id} was asked for by ${trigger}`);
      const late = (Date.parse(found.started_at ?? '') - Date.parse(found.slot)) / 1000;
      return `slot ${found.slot}, begun ${late.toFixed(1)} s after it`;
    });
  },
} satisfies Step;
