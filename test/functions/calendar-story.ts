/** A pipeline's past in RunLog, written down by hand. */
import type { Client } from 'pg';
import { turnTo } from '../setup/clock.ts';
import { expect, type Product, test as product } from '../setup/product.ts';
import { pipelineOf } from '../work/pipeline-of.ts';

export { expect };

export type Entry = {
  slot: string;
  slot_local: string;
  state: string;
  why: string | null;
  [field: string]: unknown;
};

type ScheduleRow = { cron?: string; timezone?: string; from: string; until?: string; planned?: string };

export type Story = Product & {
  ledger: Client;
  /** The slots of a page, or of the answer to `?at=`. */
  entries(query?: string): Promise<Entry[]>;
  schedule(row: ScheduleRow & { gap?: string; overlap?: string }): Promise<void>;
  /** A request for a slot; a status makes it a run as well. */
  request(slot: string, state: string, more?: Record<string, unknown>): Promise<string>;
  at(now: string): Promise<void>;
};

/** Tests with `story(now)`: the pipeline `sample` without a schedule, at a time of the test's choice. */
export const test = product.extend('story', async ({ product, runlog, connect }) => {
  return async (now: string): Promise<Story> => {
    const ledger = await connect(runlog);
    const idle = async function* () {};
    const made = await product({ pipelines: [pipelineOf(idle)], weather: () => [] });
    await ledger.query(`insert into pipelines (name) values ('sample')`);
    const at: Story['at'] = (time) => turnTo(ledger, time);
    await at(now);
    return {
      ...made,
      ledger,
      at,
      async entries(query = '') {
        const answer = await made.ask(`/pipelines/sample/calendar${query}`);
        const body = await answer.json();
        expect({ status: answer.status, body }).toMatchObject({ status: 200 });
        return body as Entry[];
      },
      async schedule({ cron = '0 * * * *', timezone = 'UTC', from, until, planned = from, gap, overlap }) {
        await ledger.query(
          `insert into schedules (pipeline, cron, timezone, valid_from, valid_until, planned_until, written_by, gap, overlap)
           values ('sample', $1, $2, $3, $4, $5, 'pipeline file', $6, $7)`,
          [cron, timezone, from, until ?? null, planned, gap ?? 'once', overlap ?? 'once'],
        );
      },
      async request(slot, state, more = {}) {
        const { status, error_message, ...columns } = more;
        const row = {
          pipeline: 'sample',
          kind: 'slot',
          slot,
          state,
          trigger: 'cron',
          source: 'ci',
          ...columns,
        };
        const names = Object.keys(row);
        const { rows } = await ledger.query(
          `insert into run_requests (run_id, ${names}) values (gen_random_uuid(), ${names.map((_, i) => `$${i + 1}`)})
           returning run_id`,
          Object.values(row),
        );
        if (status) {
          await ledger.query(
            `insert into run_log (run_id, component, status, started_at, finished_at, error_code, error_message)
             values ($1, 'sample', $2, $3::timestamptz + interval '1 second', $3::timestamptz + interval '3 seconds', $4, $5)`,
            [rows[0].run_id, status, slot, error_message ? 'DOWN' : null, error_message ?? null],
          );
        }
        return rows[0].run_id;
      },
    };
  };
});
