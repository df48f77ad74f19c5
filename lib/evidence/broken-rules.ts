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
  const asked = rulesOf(spec).map((rule) => askedRule(spec, rule, `coalesce(${rule.sql}, false)`));
  const decided = uniqueRulesOf(spec).map((rule) =>
    askedRule(spec, rule, `coalesce(held.ks_reason = ${literal(rule.name)}, false)`),
  );
  const rules = [...asked, ...decided];
  if (rules.length === 0) return undefined;
  return noting(`
    select distinct on (identity) ${place.commitId}, 'data_quality_errors',
           ${identitySql([...place.of, `'rule'`, 'held.ks_source_id', 'broken.ks_rule', 'broken.ks_values'])} as identity,
           about.symbol, about.ts,
           jsonb_build_object('error_type', broken.ks_type, 'error_detail', broken.ks_says, 'rule', broken.ks_rule,
             'policy', broken.ks_policy, 'source_id', held.ks_source_id::text, 'sample', ${sampleSql(spec, 'held')}), 1
      from ${place.judged} held
     cross join lateral (values ${rules.join(',\n')}) broken (ks_rule, ks_policy, ks_type, ks_values, ks_says, ks_is)
     cross join lateral (select ${aboutTyped(spec, 'held')}) about
     where (held.ks_reason not like 'cast.%' or held.ks_reason is null and held.ks_warned) and broken.ks_is`);
}

function askedRule(spec: IngestSpec, rule: Rule, broken: string): string {
  const columns = rule.columns.length > 0 ? rule.columns : Object.keys(spec.columns);
  // Texts are made only of what is broken: few rules are.
  const texts = [valuesSql(spec, columns, 'held'), says(spec, rule)].map(
    (sql) => `case when ${broken} then ${sql} end`,
  );
  return `(${[literal(rule.name), literal(rule.policy), literal(rule.errorType), ...texts, broken].join(', ')})`;
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
