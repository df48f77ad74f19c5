/** Evidence that waits in the report database for being shipped. */
import type { Client } from 'pg';
import type { Sighted } from '../evidence/record.ts';

/** Whose batch it is, by the number of its commit. */
type OfCommit = { commit_id: number; run_id: string; task: string; batch: number };

export type Waiting = Sighted & { commit_id: number };

/** The evidence of batches, batch by batch in the order of identities, behind an identity of the first of them. */
export async function readEvidence(
  client: Client,
  commits: readonly OfCommit[],
  limit: number,
  after = '',
): Promise<Waiting[]> {
  const whose = new Map(commits.map((commit) => [commit.commit_id, commit]));
  const { rows } = await client.query<Omit<Waiting, 'run_id' | 'task' | 'batch'>>(
    `select commit_id, encode(identity, 'hex') as identity, class, symbol, ts::text, detail::text, count, noted_at::text
       from kubescribe.evidence
      where commit_id = any($1) and (commit_id, identity) > ($2, decode($3, 'hex'))
      order by commit_id, identity limit $4`,
    [[...whose.keys()], commits[0]?.commit_id ?? 0, after, limit],
  );
  return rows.map((row) => {
    const { run_id, task, batch } = whose.get(row.commit_id)!;
    return { ...row, run_id, task, batch };
  });
}
