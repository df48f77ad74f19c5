/** Rules that rows broke: each that a row broke, not only the first, which is its reason. */
import { ident, literal } from '../db/quote.ts';
import { type Rule, rulesOf, uniqueRulesOf } from '../ingest/rule-sql.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { aboutTyped } from './about.ts';
import { noting, type Place } from './note.ts';
import { identitySql, sampleSql, storedAs, storedText, valuesSql } from './stored.ts';

/**
 * The statement that notes them; undefined where there are no rules. A row of which a value could not be read was asked
 * none. What is unique was decided in judging: here the reason is taken for it.
 */
export function noteBrokenRules(spec: IngestSpec, place: Place): string | undefined {
  const asked = rulesOf(spec).map((rule) => brokenSql(spec, rule, rule.sql));
  const decided = uniqueRulesOf(spec).map((rule) =>
    brokenSql(spec, rule, `held.ks_reason = ${literal(rule.name)}`),
  );
  const broken = [...asked, ...decided];
  if (broken.length === 0) return undefined;
  return noting(
    `
    select distinct on (identity) ${place.commitId}, 'data_quality_errors',
           ${identitySql([...place.of, `'rule'`, 'broken.ks_source_id', 'ks_rule', 'ks_values'])} as identity,
           about.symbol, about.ts,
           jsonb_build_object('error_type', ks_type, 'error_detail', ks_says, 'rule', ks_rule,
             'policy', ks_policy, 'source_id', broken.ks_source_id::text, 'sample', ${sampleSql(spec, 'broken')}), 1
      from (${broken.join(' union all ')}) broken
     cross join lateral (select ${aboutTyped(spec, 'broken')}) about`,
    `held as materialized (
       select * from ${place.judged}
        where ks_reason not like 'cast.%' or ks_reason is null and ks_warned), `,
  );
}

/** The rows that broke a rule, and what there is to say of it. */
function brokenSql(spec: IngestSpec, rule: Rule, condition: string): string {
  const columns = rule.columns.length > 0 ? rule.columns : Object.keys(spec.columns);
  const { name, policy, errorType } = rule;
  return `
      select held.*, ${literal(name)} as ks_rule, ${literal(policy)} as ks_policy, ${literal(errorType)} as ks_type,
             ${valuesSql(spec, columns, 'held')} as ks_values, ${says(spec, rule)} as ks_says
        from held where ${condition}`;
}

/** Of a column's rule its value, as it may be shown; of a rule of one's own what it asks. */
function says(spec: IngestSpec, { name, columns, sql }: Rule): string {
  if (columns.length === 0) return literal(`${name}: ${sql}`.slice(0, 1000));
  const values = columns.map((column) => {
    const as = storedAs(spec, column);
    const value = storedText(as, `held.${ident(column)}::text`);
    return `${literal(`${column} is `)} || coalesce(${value}, ${as === 'drop' ? `'not shown'` : `'null'`})`;
  });
  return `${literal(`${name}: `)} || ${values.join(` || ', ' || `)}`;
}
