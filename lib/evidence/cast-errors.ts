/** Values that could not be read as their column's type, with PostgreSQL's own words about them. */
import { ident, literal } from '../db/quote.ts';
import { isReadable } from '../ingest/find.ts';
import { policyOf } from '../ingest/rule-sql.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { aboutGiven } from './about.ts';
import { noting, type Place } from './note.ts';
import { identitySql, storedAs, storedText } from './stored.ts';

/** What such a row is found by: its first reason is a value that cannot be read, or it was warned of. */
const suspects = (judged: string) =>
  `(select ks_source_id from ${judged} where ks_reason like 'cast.%' or ks_warned)`;

/** The statement that notes them; undefined where nothing can be unreadable. */
export function noteCastErrors(spec: IngestSpec, place: Place): string | undefined {
  const checks = Object.entries(spec.columns)
    .filter(([, { type }]) => type !== 'text')
    .map(([name, { type }]) => {
      const raw = `given.${ident(name)}`;
      const as = storedAs(spec, name);
      const policy = policyOf(spec, `cast.${name}`);
      return `(${literal(name)}, ${raw}, ${storedText(as, raw)}, ${literal(type)}, ${literal(policy)}, ${as === 'keep'},
               ${raw} is not null and not (${isReadable(raw, type)}))`;
    });
  if (checks.length === 0) return undefined;
  return noting(`
    select distinct on (identity) ${place.commitId}, 'cast_errors',
           ${identitySql([...place.of, `'cast'`, 'given.ks_source_id', 'bad.name', 'case when bad.shown then bad.raw else bad.stored end'])} as identity,
           about.symbol, about.ts,
           jsonb_build_object('column_name', bad.name, 'raw_value', bad.stored, 'target_type', bad.type,
             'error_detail', case when info.message is null then 'it means another instant each time it is read'
                                  when bad.shown then left(info.message, 1000)
                                  else format('invalid input for type %s (%s)', bad.type, info.sql_error_code) end,
             'policy', bad.policy, 'source_id', given.ks_source_id::text), 1
      from ${place.slow} given
     cross join lateral (values ${checks.join(',\n')}) bad (name, raw, stored, type, policy, shown, is_bad)
     cross join lateral (select ${aboutGiven(spec, 'given')}) about
     cross join lateral pg_input_error_info(bad.raw, bad.type) info
     where given.ks_source_id in ${suspects(place.judged)} and bad.is_bad`);
}
