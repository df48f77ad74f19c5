/** What a batch noted that will be undone: it goes to RunLog before that, under a number of its own and marked. */
import type { Client } from 'pg';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import { recordEvidence } from '../evidence/record.ts';
import { summarize } from '../evidence/summaries.ts';
import type { Books } from '../report/books.ts';
import { readEvidence } from '../report/evidence.ts';
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
  for await (const part of readEvidence(client, [row], PART)) {
    await onEvidence(db, 'ship-aborted', async (tx) => {
      await recordEvidence(tx, work.pipeline, part, { aborted: true });
      if (!part.more && (await writeBooks(tx, row, { aborted: true })))
        await summarize(tx, work.pipeline, row);
      await demandEpoch(tx, work.run_id, work.epoch);
    });
  }
}
