/** Shipping: what committed batches left in the report database comes into RunLog, as often as it takes. */
import type { Client } from 'pg';
import { ahead } from '../ahead.ts';
import { commitOn } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { recordEvidence } from '../evidence/record.ts';
import { summarize } from '../evidence/summaries.ts';
import { writeWatermarks } from '../evidence/watermarks.ts';
import { readEvidence, removeEvidence, type Waiting } from '../report/evidence.ts';
import { readUnshipped, type Unshipped } from '../report/unshipped.ts';
import { sumTasks, writeBooks } from './batch-books.ts';
import { demandEpoch } from './claim.ts';
import { onEvidence } from './on-runlog.ts';

/** Batches that one transaction ships at most. */
const BATCHES = 200;
/** Identities that it ships at most. */
export const PART = 2000;

/**
 * Ships every batch in the work's scope that was not shipped: of much evidence part after part, in the order of
 * identities, and with the last of it the books. The work's epoch must still hold.
 */
export async function ship(db: Db, client: Client, work: Work): Promise<void> {
  for (;;) {
    const commits = await readUnshipped(client, work.scope, BATCHES);
    if (commits.length === 0) return;
    // The next part is read while RunLog writes one.
    for await (const part of ahead(readEvidence(client, commits, PART))) {
      const over = part.more ? [] : commits;
      await onEvidence(db, 'ship', async (tx) => {
        await recordEvidence(tx, work.pipeline, part);
        if (over.length > 0) await writeBatches(tx, work, over);
        await demandEpoch(tx, work.run_id, work.epoch);
      });
      await remove(client, part, over);
    }
  }
}

async function writeBatches(tx: Tx, work: Work, commits: readonly Unshipped[]): Promise<void> {
  for (const row of commits) if (await writeBooks(tx, row)) await summarize(tx, work.pipeline, row);
  await sumTasks(tx, [...new Set(commits.map((row) => row.run_id))]);
  // The last batch of a task stands for those before it.
  const last = new Map(commits.filter(({ windowed }) => windowed).map((row) => [row.task, row]));
  if (!work.scope.startsWith('run:')) await writeWatermarks(tx, work, [...last.values()]);
}

/** Takes away exactly what was shipped. */
async function remove(client: Client, part: Waiting, commits: readonly Unshipped[]): Promise<void> {
  await client.query('begin');
  if (part.last) await removeEvidence(client, part.batches, part.last);
  if (commits.length > 0)
    await client.query('update kubescribe.commits set shipped = true where commit_id = any($1)', [
      commits.map(({ commit_id }) => commit_id),
    ]);
  await commitOn('shipped', client);
}
