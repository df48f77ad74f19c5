/** Values that could not be read as their column's type, with PostgreSQL's own words about them. */
import { ident, literal } from '../db/quote.ts';
import { isReadable } from '../ingest/find.ts';
import { policyOf } from '../ingest/rule-sql.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { aboutGiven } from './about.ts';
import { noting, type Place } from './note.ts';
import { identitySql, storedAs, storedText } from './stored.ts';

/** The statement that notes them; undefined where nothing can be unreadable. */
export function noteCastErrors(spec: IngestSpec, place: Place): string | undefined {
  const checks = Object.entries(spec.columns).filter(([, { type }]) => type !== 'text');
  if (checks.length === 0) return undefined;
  // What such a row is found by: its first reason is a value that cannot be read, or it was warned of.
  const suspects = `(select ks_source_id from ${place.judged} where ks_reason like 'cast.%' or ks_warned)`;
  const bad = checks.map(([name, { type }]) => {
    const raw = `given.${ident(name)}`;
    const as = storedAs(spec, name);
    return `
      select given.*, ${literal(name)} as ks_name, ${raw} as ks_raw, ${storedText(as, raw)} as ks_stored, ${literal(type)} as ks_type,
             ${literal(policyOf(spec, `cast.${name}`))} as ks_policy, ${as === 'keep'} as ks_shown
        from given where ${raw} is not null and not (${isReadable(raw, type)})`;
  });
  return noting(
    `
    select distinct on (identity) ${place.commitId}, 'cast_errors',
           ${identitySql([...place.of, `'cast'`, 'bad.ks_source_id', 'bad.ks_name', 'case when ks_shown then ks_raw else ks_stored end'])} as identity,
           about.symbol, about.ts,
           jsonb_build_object('column_name', ks_name, 'raw_value', ks_stored, 'target_type', ks_type,
             'error_detail', case when info.message is null then 'it means another instant each time it is read'
                                  when ks_shown then left(info.message, 1000)
                                  else format('invalid input for type %s (%s)', ks_type, info.sql_error_code) end,
             'policy', ks_policy, 'source_id', bad.ks_source_id::text), 1
      from (${bad.join(' union all ')}) bad
     cross join lateral (select ${aboutGiven(spec, 'bad')}) about
     cross join lateral pg_input_error_info(ks_raw, ks_type) info`,
    `given as materialized (select * from ${place.slow} where ks_source_id in ${suspects}), `,
  );
}
