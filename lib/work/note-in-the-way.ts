import { createHash, randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import { whoStood } from '../evidence/in-the-way.ts';
import { recordEvidence } from '../evidence/record.ts';
import { demandEpoch } from './claim.ts';
import { onEvidence } from './on-runlog.ts';

/** Notes who stood in a batch's way; each time is one of its own. The batch will be tried again. */
export async function noteInTheWay(
  db: Db,
  client: Client,
  work: Work,
  { task, target }: { task: string; target: string },
  error: unknown,
): Promise<void> {
  const met = { ...(await whoStood(client, target, error)), attempt: work.attempt };
  const identity = createHash('sha256').update(randomUUID()).digest('hex');
  const seen = { run_id: work.run_id, task, batch: -work.epoch, identity, count: 1 };
  const noted_at = 'infinity';
  const row = {
    ...seen,
    class: 'concurrency_issues',
    symbol: null,
    ts: null,
    detail: JSON.stringify(met),
    noted_at,
  } as const;
  await onEvidence(db, 'ship-in-the-way', async (tx) => {
    await recordEvidence(tx, work.pipeline, [row], { aborted: true });
    await demandEpoch(tx, work.run_id, work.epoch);
  });
}
