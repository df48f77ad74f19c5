/** What a mirror needs: a table there, and a table here with all of its columns. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import type { MirrorSpec } from '../ingest/mirror.ts';
import { mirroredColumns } from '../ingest/mirror-columns.ts';
import { type Finding, findingsOf } from './finding.ts';
import { lacking, PRODUCTION_LOGIN, tableFacts } from './table-facts.ts';
import { rightsFindings } from './target.ts';

/** All that is found of a mirror. */
export async function mirrorFindings(
  production: Client,
  report: Client,
  spec: MirrorSpec,
): Promise<Finding[]> {
  const { ok, warn, fail } = findingsOf(spec.name);
  const { from, into } = spec;
  const there = await tableFacts(production, from);
  if (!there) return [fail(`production has no table "${from}"`, { mend: 'see its name and PROD_DB_URL' })];
  const brought = Object.entries(there.columns).filter(([, { computed }]) => !computed);
  const here = await tableFacts(report, into);
  if (!here) {
    const columns = brought.map(
      ([name, { type, notNull }]) => `${ident(name)} ${type}${notNull ? ' not null' : ''}`,
    );
    const sql = `create table ${table(into)} (\n  ${columns.join(',\n  ')}\n)`;
    return [fail(`the report database has no table "${into}"`, { sql })];
  }
  const lacks = await lacking(production, from, PRODUCTION_LOGIN, ['select']);
  const findings = [
    ...lacks.map(({ who }) => fail(`"${who}" may not read ${from}`, { mend: 'npx kubescribe roles' })),
    ...(await rightsFindings(report, spec.name, into)),
  ];
  for (const [name, { type }] of brought) {
    const column = here.columns[name];
    const sql = `alter table ${table(into)} add column ${ident(name)} ${type}`;
    if (!column) findings.push(fail(`${into} has no column "${name}"`, { sql }));
    else if (column.type !== type)
      findings.push(warn(`${into}.${name} is ${column.type}, and ${type} in production`));
  }
  if (findings.some(({ level }) => level === 'fail')) return findings;
  const { columns, format } = await mirroredColumns(production, report, spec);
  return [...findings, ok(`${columns.length} columns go over as ${format}`)];
}
