import type { Client } from 'pg';

/** Turns RunLog's clock to a time; it goes on from there, or stands there when it stood. */
export const turnTo = (runlog: Client, time: string) => shift(runlog, '$1::timestamptz - clock()', time);

/** Moves RunLog's clock on; 31 seconds end every lease. */
export const pass = (runlog: Client, time: string) => shift(runlog, '$1', time);

async function shift(runlog: Client, by: string, time: string): Promise<void> {
  await runlog.query(
    `insert into clock_shift (shift) values (${by})
       on conflict (singleton) do update set shift = clock_shift.shift + excluded.shift`,
    [time],
  );
}

/** From now on RunLog's clock stands still, but for what `pass` and `turnTo` do: a slow machine takes none of the time. */
export async function standStill(runlog: Client): Promise<void> {
  await runlog.query(`do $do$ begin execute format($made$
    create or replace function clock() returns timestamptz language sql stable parallel safe as $clock$
      select %L::timestamptz + coalesce((select shift from clock_shift), interval '0')
    $clock$ $made$, statement_timestamp()); end $do$`);
}
