import type { Client } from 'pg';

/** How many sessions of a client's own database wait for a lock; with `which`, a condition on them, only those. */
export async function lockWaits(client: Client, which = 'true'): Promise<number> {
  // Within a transaction the server says again what it has said first.
  await client.query('select pg_stat_clear_snapshot()');
  const { rowCount } = await client.query(
    `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and ${which}`,
  );
  return rowCount ?? 0;
}
