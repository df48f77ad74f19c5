/** What a roll-up needs: its source, SQL that can be asked of it, and a table for the result. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import type { RollupSpec } from '../ingest/rollup.ts';
import { columnsOf } from './ask-sql.ts';
import { assignable } from './assignable.ts';
import { type Finding, findingsOf } from './finding.ts';
import { tableFacts } from './table-facts.ts';
import { keyFindings, rightsFindings } from './target.ts';

/** All that is found of a roll-up. */
export async function summaryFindings(client: Client, spec: RollupSpec): Promise<Finding[]> {
  const { ok, fail } = findingsOf(spec.name);
  const { from, into, by, values } = spec;
  if (!(await tableFacts(client, from))) return [fail(`the report database has no table "${from}"`)];
  const asked = Object.entries({ ...by, ...values }).map(([name, sql]) => `${sql} as ${ident(name)}`);
  const groups = Object.keys(by).map((_, i) => i + 1);
  const columns = await columnsOf(
    client,
    `select ${asked.join(', ')} from ${table(from)} group by ${groups.join(', ')}`,
  );
  if (typeof columns === 'string') return [fail(`its SQL cannot be asked of ${from}: ${columns}`)];
  const facts = await tableFacts(client, into);
  if (!facts) {
    const all = columns.map(({ name, type }) => `${ident(name)} ${type}`);
    const key = `primary key (${Object.keys(by).map(ident).join(', ')})`;
    const sql = `create table ${table(into)} (\n  ${[...all, key].join(',\n  ')}\n)`;
    return [fail(`the report database has no table "${into}"`, { sql })];
  }
  const findings = [
    ...(await rightsFindings(client, spec.name, into)),
    ...keyFindings(spec.name, into, Object.keys(by), facts),
  ];
  for (const { name, type } of columns) {
    const column = facts.columns[name];
    if (!column) {
      const sql = `alter table ${table(into)} add column ${ident(name)} ${type}`;
      findings.push(fail(`${into} has no column "${name}"`, { sql }));
    } else if (!(await assignable(client, type, column.base)))
      findings.push(fail(`${into}.${name} is ${column.type}, which takes no ${type}`));
  }
  return findings.some(({ level }) => level === 'fail')
    ? findings
    : [...findings, ok(`${into} has its columns`)];
}
