/** A pipeline that is due each hour, on a clock that stands at half past an hour: no slot is near. */
import type { PipelineOptions } from '../../lib/pipeline/options.ts';
import type { TaskBody } from '../../lib/pipeline/task.ts';
import { declare } from '../../lib/requests/declare.ts';
import { test as base, type Product } from '../setup/product.ts';
import { nothingArrives, pass } from './hands-on.ts';
import { idle, type Params, pipelineOf } from './pipeline-of.ts';

export type Slot = { slot: Date; state: string; why: string | null };

type Options = Partial<PipelineOptions<Params>> & { body?: TaskBody<Params>; sent?: boolean };

/** Tests of an hourly pipeline; `sent: true` lets its runs begin by themselves. */
export const test = base.extend('hourly', async ({ product, runlog, connect }) => {
  const ledger = await connect(runlog);
  const { rows } = await ledger.query<{ now: Date }>('select clock() as now');
  await pass(ledger, `${3600 + 1800 - ((rows[0]!.now.getTime() / 1000) % 3600)} seconds`);
  return async ({ body = idle, sent = false, ...options }: Options = {}) => {
    const pipeline = pipelineOf(body, { schedule: '0 * * * *', timezone: 'UTC', ...options });
    const made = await product({ pipelines: [pipeline], ...(!sent && { weather: nothingArrives }) });
    await declare(made.service.runlog, [pipeline], 'local');
    return {
      ...made,
      pipeline,
      ledger,
      later: (time: string) => pass(ledger, time),
      /** Moves the clock to so much before or after the next full hour, at which a slot is due. */
      async toSlot(by: string) {
        const { rows } = await ledger.query<{ shift: string }>(
          `select (date_trunc('hour', clock()) + interval '1 hour' + $1::interval - clock())::text as shift`,
          [by],
        );
        await pass(ledger, rows[0]!.shift);
      },
      slots: async () =>
        (
          await ledger.query<Slot>(
            `select slot, state, why from run_requests where kind = 'slot' order by slot`,
          )
        ).rows,
      pause: (why = 'the source moves') => say(made, 'POST', 'pause', { why }),
      resume: () => say(made, 'POST', 'resume', {}),
      override: (cron: string, more: object = {}) =>
        say(made, 'PUT', 'schedule', { cron, timezone: 'UTC', why: 'by hand', ...more }),
      reset: () => say(made, 'DELETE', 'schedule', { why: 'as before' }),
      shown: async () => (await made.ask('/pipelines/sample/schedule')).json(),
    };
  };
});

const say = (made: Product, method: string, what: string, body: object) =>
  made.ask(`/pipelines/sample/${what}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-forwarded-user': 'ada' },
    body: JSON.stringify(body),
  });

export const statesOf = (slots: readonly Slot[]) => slots.map(({ state }) => state);
