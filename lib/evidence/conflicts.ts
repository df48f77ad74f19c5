/** Rows of one key that say different things: of one source, or of two that are trusted differently. */
import { ident, literal } from '../db/quote.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { aboutTyped } from './about.ts';
import { meetingsSql } from './meetings.ts';
import { noting, type Place } from './note.ts';
import { identitySql, sampleSql, valuesSql } from './stored.ts';

/** The keys that had a rival in the batch, or an incumbent that says otherwise. */
const suspects = (spec: IngestSpec, judged: string) => `
  select distinct ${spec.key.map(ident).join(', ')} from ${judged}
   where ks_reason is null and (ks_conflicts or ks_verdict = 'deduped')`;

/**
 * The statement that notes what lost. What lost several times is one identity, of the first time; undefined where rows of
 * one key cannot differ.
 */
export function noteConflicts(spec: IngestSpec, place: Place): string | undefined {
  const others = Object.keys(spec.columns).filter((name) => !spec.key.includes(name));
  if (others.length === 0) return undefined;
  const tuple = (of: string) => `(${others.map((name) => `${of}.${ident(name)}`).join(', ')})`;
  const sameKey = spec.key.map((name) => `stood.${ident(name)} = came.${ident(name)}`).join(' and ');
  const pairs = (loser: 'came' | 'stood') => `
      select ${identitySql([...place.of, `'conflict'`, valuesSql(spec, spec.key, loser), valuesSql(spec, others, loser)])} as identity,
             came.ks_source_id as at, came.ks_rank <> stood.ks_rank as of_two, about.symbol, about.ts,
             case when came.ks_rank <> stood.ks_rank then ${betweenSources(spec, loser)} else ${withinSource(spec, loser)} end
               || jsonb_build_object('source_id', ${loser}.ks_source_id::text) as detail
        from meetings came
        join coming stood on ${sameKey} and stood.ks_standing = came.ks_stands
       cross join lateral (select ${aboutTyped(spec, 'came')}) about
       where came.ks_staged and ${tuple('came')} is distinct from ${tuple('stood')}
         and (stood.ks_staged or stood.ks_source_id <> came.ks_source_id)
         and came.ks_standing ${loser === 'came' ? '>' : '<'} stood.ks_standing`;
  const ctes = `${meetingsSql(spec, place.judged, suspects(spec, place.judged))},
    lost as (${pairs('came')} union all ${pairs('stood')}),`;
  return noting(
    `select distinct on (identity) ${place.commitId}::bigint,
           case when of_two then 'authority_conflicts' else 'dedup_conflicts' end, identity, symbol, ts, detail,
           count(*) over (partition by identity)
      from lost order by identity, at`,
    ctes,
  );
}

function withinSource(spec: IngestSpec, loser: 'came' | 'stood'): string {
  const [winner, done] =
    loser === 'came' ? ['stood', 'the existing row was kept'] : ['came', 'the incoming row was taken'];
  return `jsonb_build_object('existing_row', ${sampleSql(spec, 'stood')}, 'incoming_row', ${sampleSql(spec, 'came')},
    'resolution', ${literal(`${done}: `)} || case when ${winner}.ks_received_at > ${loser}.ks_received_at
      then 'it was received later' else 'it has the higher id' end)`;
}

function betweenSources(spec: IngestSpec, loser: 'came' | 'stood'): string {
  const [a, b] = [sourceName(spec, 'stood'), sourceName(spec, 'came')];
  return `jsonb_build_object('source_a', ${a}, 'source_b', ${b}, 'preferred_source', ${loser === 'came' ? a : b},
    'row_a', ${sampleSql(spec, 'stood')}, 'row_b', ${sampleSql(spec, 'came')})`;
}

/** Those that are not named are trusted alike, and not told apart. */
const sourceName = ({ sources }: IngestSpec, of: string) =>
  `coalesce((array[${sources.map(literal).join(', ')}]::text[])[${of}.ks_rank], 'a source that is not named')`;
