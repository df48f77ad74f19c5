/** Evidence that waits in the report database for being shipped. */
import type { Client } from 'pg';
import { type Seen, type SightedBy, type Sights, sight } from '../evidence/record.ts';

/** Some of it, in the order of commits and identities; `last` is the place of its last row, and `more` is behind it. */
export type Waiting = Sights & { last: Place | undefined; more: boolean };

/** A commit, and an identity in hexadecimal. */
type Place = { commit_id: number; identity: string };

const START: Place = { commit_id: 0, identity: '' };

/** About so many bytes are read at once: rows of many columns are long, and memory is little. */
const HEAVIEST = 4 * 2 ** 20;

/**
 * So many rows of the evidence of batches at most, behind a place, as far as they are not too much; all that are left lie
 * behind the last in the same order.
 */
export async function readEvidence(
  client: Client,
  batches: readonly SightedBy[],
  limit: number,
  after: Place = START,
): Promise<Waiting> {
  const arrays = Object.keys(sight).map((name) => `coalesce(array_agg(${name})::text, '{}') as ${name}`);
  const { rows } = await client.query<Record<keyof Seen, string> & { last: Place | null; more: boolean }>(
    `with waiting as materialized (
       select commit_id, encode(identity, 'hex') as identity, class, symbol, ts, detail::text as detail, count, noted_at
         from kubescribe.evidence
        where commit_id = any($1) and (commit_id, identity) > ($2, decode($3, 'hex'))
        order by commit_id, evidence.identity limit $4),
     part as materialized (
       select * from (select *, sum(octet_length(detail)) over (rows unbounded preceding) as size from waiting) sized
        where size - octet_length(detail) < $5)
     select ${arrays.join(', ')}, count(*) = $4 or coalesce(max(size) >= $5, false) as more,
            (select json_build_object('commit_id', commit_id, 'identity', identity) from part
              order by part.commit_id desc, part.identity desc limit 1) as last
       from part`,
    [batches.map(({ commit_id }) => commit_id), after.commit_id, after.identity, limit, HEAVIEST],
  );
  const { last, more, ...seen } = rows[0]!;
  return { seen, batches, last: last ?? undefined, more };
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
