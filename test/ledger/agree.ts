import { expect } from 'vitest';
import type { Ledger } from './model.ts';
import type { Real } from './real.ts';

type Row = {
  id: string;
  state: string;
  status: string | null;
  work: { held: boolean; checkpoint: number; attempt: number; deaths: number; cancelled: boolean } | null;
};

const ROWS = `
  select request.run_id as id, request.state, nullif(run.status::text, 'STARTED') as status,
         case when work.run_id is not null then json_build_object(
           'held', lease_until is not null, 'checkpoint', checkpoint, 'attempt', attempt, 'deaths', deaths,
           'cancelled', cancel_at is not null) end as work
    from run_requests request left join run_log run using (run_id) left join run_work work using (run_id)
   order by request.run_id`;

/** Every request stands as the model says, and nothing else is there. */
export async function agree(ledger: Ledger, { runlog }: Real): Promise<void> {
  const { rows } = await runlog.query<Row>(ROWS);
  const expected = ledger.requests
    .map(({ id, state, status }): Row => {
      const work = ledger.works.get(id);
      return {
        id,
        state,
        status: status ?? null,
        work: work
          ? {
              held: work.leaseUntil !== undefined,
              checkpoint: work.checkpoint,
              attempt: work.attempt,
              deaths: work.deaths,
              cancelled: work.cancelled,
            }
          : null,
      };
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  expect(rows).toEqual(expected);
}
