/** Evidence that waits in the report database for being shipped. */
import type { Client } from 'pg';
import type { SightedBy, Sights } from '../evidence/record.ts';

/** Some of it, in the order of commits and identities; `last` is the place of its last row, and `more` is behind it. */
export type Waiting = Sights & { last: Place | undefined; more: boolean };

/** A commit, and an identity in hexadecimal. */
type Place = { commit_id: number; identity: string };

const START: Place = { commit_id: 0, identity: '' };

/** So many rows of the evidence of batches at most, behind a place; all of them lie behind it in the same order. */
export async function readEvidence(
  client: Client,
  batches: readonly SightedBy[],
  limit: number,
  after: Place = START,
): Promise<Waiting> {
  const { rows } = await client.query<{ rows: string | null; last: Place | null; count: number }>(
    `with part as materialized (
       select commit_id, identity, class, symbol, ts, detail, count, noted_at from kubescribe.evidence
        where commit_id = any($1) and (commit_id, identity) > ($2, decode($3, 'hex'))
        order by commit_id, identity limit $4)
     select json_agg(json_build_object(
              'commit_id', commit_id, 'identity', encode(identity, 'hex'), 'class', class, 'symbol', symbol, 'ts', ts,
              'detail', detail, 'count', count, 'noted_at', noted_at))::text as rows,
            (select json_build_object('commit_id', commit_id, 'identity', encode(identity, 'hex')) from part
              order by part.commit_id desc, part.identity desc limit 1) as last,
            count(*) as count
       from part`,
    [batches.map(({ commit_id }) => commit_id), after.commit_id, after.identity, limit],
  );
  const { rows: json, last, count } = rows[0]!;
  return { rows: json ?? '[]', batches, last: last ?? undefined, more: count === limit };
}

/** Takes away what was read of batches up to a place, that place included. */
export async function removeEvidence(
  client: Client,
  batches: readonly SightedBy[],
  last: Place,
): Promise<void> {
  await client.query(
    `delete from kubescribe.evidence
      where commit_id = any($1) and (commit_id, identity) <= ($2, decode($3, 'hex'))`,
    [batches.map(({ commit_id }) => commit_id), last.commit_id, last.identity],
  );
}
