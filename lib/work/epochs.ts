import { sql } from 'kysely';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';

/** One statement takes this many numbers at most. */
const STEP = 100_000;

/** Lifts the sequence of epochs above a fence that a restored RunLog has forgotten; never by setval, which could lower it. */
export async function liftEpochs(db: Db, fence: number): Promise<void> {
  for (;;) {
    const { rows } = await commit('lift-epochs', db, (tx) =>
      sql<{ epoch: number }>`
        select max(nextval('epochs')) as epoch
          from generate_series(1, least(${STEP}, greatest(1, ${fence} - (select last_value from epochs))))
      `.execute(tx),
    );
    if (rows[0]!.epoch >= fence) return;
  }
}

/** A number for an epoch to come. */
export async function drawEpoch(db: Db): Promise<number> {
  const { rows } = await sql<{ epoch: number }>`select nextval('epochs') as epoch`.execute(db);
  return rows[0]!.epoch;
}
