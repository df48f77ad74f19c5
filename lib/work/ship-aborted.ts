/** What a batch noted that will be undone: it goes to RunLog before that, under a number of its own and marked. */
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import { recordEvidence } from '../evidence/record.ts';
import { summarize } from '../evidence/summaries.ts';
import type { Books } from '../report/books.ts';
import { readEvidence, type Waiting } from '../report/evidence.ts';
import { writeBooks } from './batch-books.ts';
import { demandEpoch } from './claim.ts';
import { onEvidence } from './on-runlog.ts';
import { PART } from './ship.ts';

export type Undone = { task: string; commitId: number; books: Books };

/** Ships the evidence of a batch from within its own transaction, in the order of identities, and its books with the last part. */
export async function shipAborted(
  db: Db,
  client: Client,
  work: Work,
  { task, commitId, books }: Undone,
): Promise<void> {
  const row = { run_id: work.run_id, task, batch: -commitId, commit_id: commitId, committed_at: null, books };
  for (let part: Waiting | undefined; part?.more !== false; ) {
    part = await readEvidence(client, [row], PART, part?.last);
    const sights = part;
    await onEvidence(db, 'ship-aborted', async (tx) => {
      await recordEvidence(tx, work.pipeline, sights, { aborted: true });
      if (!sights.more && (await writeBooks(tx, row, { aborted: true })))
        await summarize(tx, work.pipeline, row);
      await demandEpoch(tx, work.run_id, work.epoch);
    });
  }
}
