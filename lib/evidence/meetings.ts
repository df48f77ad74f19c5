/**
 * Rows of one key as if they came one by one, in the order of their ids: each meets the one that stands. So it does not
 * matter how many of them came in one batch.
 */
import { ident, table } from '../db/quote.ts';
import type { IngestSpec } from '../ingest/spec.ts';

/** Lower is better: trust, then the later word, then the later row; the incumbent comes before a new version of itself. */
export const standingSql = (of: string, staged: 0 | 1): string =>
  `array[${of}.ks_rank, -extract(epoch from ${of}.ks_received_at), -${of}.ks_source_id, ${staged}]::numeric[]`;

/**
 * CTEs for a WITH: `coming`, the valid rows of the keys that need a look with their incumbents (not `ks_staged`), and
 * `meetings`, which says of each staged row which row stood when it came (`ks_stands`, as its standing; null: none). A
 * new version of the incumbent takes its place whatever it says; what lost to the old one stays lost.
 */
export function meetingsSql(spec: IngestSpec, judged: string, suspects: string): string {
  const key = spec.key.map(ident);
  const byKey = key.join(', ');
  const of = (row: string) =>
    [...Object.keys(spec.columns).map(ident), 'ks_rank', 'ks_received_at', 'ks_source_id']
      .map((column) => `${row}.${column}`)
      .join(', ');
  const same = (row: string) => key.map((column) => `${row}.${column} = suspect.${column}`).join(' and ');
  return `
    suspects as materialized (${suspects}),
    coming as materialized (
      select ${of('here')}, true as ks_staged, ${standingSql('here', 1)} as ks_standing
        from suspects suspect join ${judged} here on ${same('here')} where here.ks_reason is null
      union all
      select ${of('there')}, false, ${standingSql('there', 0)}
        from suspects suspect
       cross join lateral (select * from ${table(spec.into)} there where ${same('there')} offset 0) there),
    told as (
      select coming.*, min(ks_standing) filter (where not ks_staged) over (partition by ${byKey}) as ks_incumbent,
             min(ks_source_id) filter (where not ks_staged) over (partition by ${byKey}) as ks_incumbent_id
        from coming),
    renewed as (
      select told.*, bool_or(ks_staged and ks_source_id = ks_incumbent_id) over (partition by ${byKey}) as ks_renewed,
             ks_source_id < ks_incumbent_id and ks_standing > ks_incumbent as ks_lost
        from told),
    meetings as materialized (
      select renewed.*,
             case when ks_renewed and ks_source_id > ks_incumbent_id
                  then min(ks_standing) filter (where ks_staged and not ks_lost) over before
                  else min(ks_standing) over before end as ks_stands
        from renewed
      window before as (partition by ${byKey} order by ks_staged, ks_source_id
                         rows between unbounded preceding and 1 preceding))`;
}
