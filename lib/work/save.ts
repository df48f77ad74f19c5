import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { Json, Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { LeaseLost } from './claim.ts';
import { onRunLog } from './on-runlog.ts';

/** Keeps how far a worker is, when it is time again. */
export type Saver = (state: Json) => Promise<void>;

/**
 * Whoever takes up the work of a Job that died goes on from what it kept every so many milliseconds. A slice keeps nothing
 * on its way: it leaves a checkpoint soon enough.
 */
export function saver(db: Db, work: Work, every: number | undefined): Saver {
  if (every === undefined) return async () => {};
  let savedAt = performance.now();
  return async (state) => {
    if (performance.now() - savedAt < every) return;
    await onRunLog(db, 'save', (tx) => save(tx, work, state));
    savedAt = performance.now();
  };
}

/** What got on has left the deaths before it behind. */
async function save(tx: Tx, { run_id, epoch }: Work, state: Json): Promise<void> {
  const { numAffectedRows } = await sql`
    update run_work set state = ${JSON.stringify(state)}, deaths = 0, idle_slices = 0
     where run_id = ${run_id} and epoch = ${epoch} and lease_until is not null`.execute(tx);
  if (!numAffectedRows) throw new LeaseLost('the lease was taken or released');
}
