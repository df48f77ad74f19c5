import type { Client } from 'pg';

/** Turns RunLog's clock to a time; it goes on from there. */
export async function turnTo(runlog: Client, time: string): Promise<void> {
  await runlog.query(
    `insert into clock_shift (shift) values ($1::timestamptz - statement_timestamp())
       on conflict (singleton) do update set shift = excluded.shift`,
    [time],
  );
}

/** Moves RunLog's clock on; 31 seconds end every lease. */
export async function pass(runlog: Client, time: string): Promise<void> {
  await runlog.query(
    `insert into clock_shift (shift) values ($1)
       on conflict (singleton) do update set shift = clock_shift.shift + excluded.shift`,
    [time],
  );
}

/** From now on RunLog's clock stands still, but for what `pass` moves it on: a slow machine takes none of the time. */
export async function standStill(runlog: Client): Promise<void> {
  await runlog.query(`do $do$ begin execute format($made$
    create or replace function clock() returns timestamptz language sql stable parallel safe as $clock$
      select %L::timestamptz + coalesce((select shift from clock_shift), interval '0')
    $clock$ $made$, statement_timestamp()); end $do$`);
}
