import { createHash, randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import { whoStood } from '../evidence/in-the-way.ts';
import { recordEvidence, type Seen } from '../evidence/record.ts';
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
  const seen: Seen = {
    commit_id: [0],
    identity: [createHash('sha256').update(randomUUID()).digest('hex')],
    class: ['concurrency_issues'],
    symbol: [null],
    ts: [null],
    detail: [JSON.stringify({ ...(await whoStood(client, target, error)), attempt: work.attempt })],
    count: [1],
    // RunLog's clock says when.
    noted_at: ['infinity'],
  };
  const batches = [{ commit_id: 0, run_id: work.run_id, task, batch: -work.epoch }];
  await onEvidence(db, 'ship-in-the-way', async (tx) => {
    await recordEvidence(tx, work.pipeline, { seen, batches }, { aborted: true });
    await demandEpoch(tx, work.run_id, work.epoch);
  });
}
