/** Interventions are recorded by the transaction that makes them: neither is ever there without the other. */
import type { Json } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Caller } from '../http/caller.ts';

export type Intervention = {
  action: `${string}.${string}`;
  /** What it was done to: a run's id, a pipeline's name, … */
  subject: string;
  why?: string | undefined;
  details?: Json;
};

/** Writes an intervention down; rolled back with what it records. */
export async function record(
  tx: Tx,
  caller: Pick<Caller, 'by' | 'from'>,
  { action, subject, why, details = {} }: Intervention,
): Promise<void> {
  await tx
    .insertInto('audit')
    .values({
      actor: caller.by,
      came_from: caller.from,
      action,
      subject,
      why,
      details: JSON.stringify(details),
    })
    .execute();
}
