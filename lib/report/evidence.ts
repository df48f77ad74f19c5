/** Evidence that waits in the report database for being shipped. */
import type { Client } from 'pg';
import { weighed } from '../db/within-bytes.ts';
import { type Seen, type SightedBy, type Sights, sight } from '../evidence/record.ts';

/** Some of it, in the order of commits and identities; `last` is the place of its last row, and `more` is behind it. */
export type Waiting = Sights & { last: Place | undefined; more: boolean };

/** A commit, and an identity in hexadecimal. */
type Place = { commit_id: number; identity: string };

const START: Place = { commit_id: 0, identity: '' };

/** The evidence of batches, so many rows at once at most; at least one part, which may be empty. */
export async function* readEvidence(
  client: Client,
  batches: readonly SightedBy[],
  limit: number,
): AsyncGenerator<Waiting, void> {
  for (let part: Waiting | undefined; part?.more !== false; ) {
    part = await readPart(client, batches, limit, part?.last);
    yield part;
  }
}

/** What lies behind a place, as far as it is not too much; all that is left lies behind its last in the same order. */
async function readPart(
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
       select * from (select *, ${weighed('octet_length(detail)')} from waiting) sized where ks_within)
     select ${arrays.join(', ')}, count(*) = $4 or coalesce(bool_or(ks_full), false) as more,
            (select json_build_object('commit_id', commit_id, 'identity', identity) from part
              order by part.commit_id desc, part.identity desc limit 1) as last
       from part`,
    [batches.map(({ commit_id }) => commit_id), after.commit_id, after.identity, limit],
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
