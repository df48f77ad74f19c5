/** Whether the SQL of rules can be asked. */
import type { Client } from 'pg';
import { ident, literal } from '../db/quote.ts';
import { rulesOf, uniqueRulesOf } from '../ingest/rule-sql.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { faultOf } from './ask-sql.ts';
import { type Finding, findingsOf } from './finding.ts';

/** Findings about each rule of an ingest, asked of no row. */
export async function ruleFindings(client: Client, spec: IngestSpec): Promise<Finding[]> {
  const { ok, fail } = findingsOf(spec.name);
  const columns = Object.entries(spec.columns).map(([name, { type }]) => `null::${type} as ${ident(name)}`);
  const rules = [...rulesOf(spec), ...uniqueRulesOf(spec)];
  const findings: Finding[] = [];
  for (const { name, sql } of rules) {
    const fault = await faultOf(client, `select from (select ${columns.join(', ')}) ks_row where ${sql}`);
    if (fault) findings.push(fail(`rule ${name}: ${fault}`));
  }
  for (const [name, { matches }] of Object.entries(spec.columns)) {
    // Of a value that is missing no pattern is read.
    const fault =
      matches === undefined ? undefined : await faultOf(client, `select '' ~ ${literal(matches)}`);
    if (fault) findings.push(fail(`rule regex.${name}: ${fault}`));
  }
  return findings.length > 0 || rules.length === 0 ? findings : [ok(`${rules.length} rules can be asked`)];
}
