import type { Client } from 'pg';

/** Moves RunLog's clock on; 31 seconds end every lease. */
export async function pass(runlog: Client, time: string): Promise<void> {
  await runlog.query(
    `insert into clock_shift (shift) values ($1)
       on conflict (singleton) do update set shift = clock_shift.shift + excluded.shift`,
    [time],
  );
}
