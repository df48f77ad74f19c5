import type { Client } from 'pg';
import { until } from './until.ts';

/**
 * Waits until everything that has begun on the server has ended: transactions of other tests, in other databases, hold a
 * source's horizon back too.
 */
export async function settled(prod: Client): Promise<void> {
  const { rows } = await prod.query<{ now: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as now',
  );
  const isSettled = async () =>
    (
      await prod.query('select where pg_snapshot_xmin(pg_current_snapshot())::text::numeric >= $1', [
        rows[0]?.now,
      ])
    ).rowCount === 1;
  await until(isSettled);
}
