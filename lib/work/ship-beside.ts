/** Shipping what batches left: little of it before the next one, much of it beside. */
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import type { CommitRow } from '../report/commit-row.ts';
import { PART, ship } from './ship.ts';

/** Ships for one task: with the session that merges, or with one of its own where a batch left more than a part. */
export function shipper(db: Db, work: Work, report: Client, openOwn: () => Promise<Client>) {
  let beside: Promise<void> = Promise.resolve();
  return {
    /** To be called after each batch; waits for what the one before it left. */
    async take({ books }: CommitRow): Promise<void> {
      await beside;
      const noted = Object.values(books.evidence).reduce((sum, count) => sum + count, 0);
      if (noted <= PART) return ship(db, report, work);
      beside = ship(db, await openOwn(), work);
      // Whoever stops early does not hear of it: the next claim ships what is left.
      beside.catch(() => {});
    },
    /** Until all is shipped; throws what went wrong. */
    through: () => beside,
  };
}
