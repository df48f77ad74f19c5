/** What an ingest needs of its target: its columns, its key, the columns of a row's origin. */
import type { Client } from 'pg';
import { ident, table } from '../db/quote.ts';
import type { IngestSpec } from '../ingest/spec.ts';
import { assignable } from './assignable.ts';
import { type Finding, findingsOf } from './finding.ts';
import { isIndexed, isUnique, lacking, type TableFacts, tableFacts } from './table-facts.ts';

const REPORT_LOGIN = 'kubescribe_app_report';
const WRITES = ['select', 'insert', 'update', 'delete'];

/** Where a row comes from. */
const ORIGIN = {
  ks_rank: 'integer',
  ks_received_at: 'timestamp with time zone',
  ks_source_id: 'bigint',
  ks_commit: 'bigint',
};

/** All that is found of the target of an ingest. */
export async function targetFindings(client: Client, spec: IngestSpec): Promise<Finding[]> {
  const { fail } = findingsOf(spec.name);
  const facts = await tableFacts(client, spec.into);
  if (!facts) return [fail(`the report database has no table "${spec.into}"`, { sql: targetSql(spec) })];
  if (facts.kind !== 'r' && facts.kind !== 'p') return [fail(`"${spec.into}" is no table`)];
  return [
    ...(await rightsFindings(client, spec.name, spec.into)),
    ...originFindings(spec, facts),
    ...keyFindings(spec.name, spec.into, spec.key, facts),
    ...(await columnFindings(client, spec, facts)),
    ...sideFindings(spec, facts),
    ...(await referenceFindings(client, spec)),
  ];
}

/** The table that an ingest can write. */
export function targetSql(spec: IngestSpec): string {
  const columns = Object.entries(spec.columns).map(([name, { type, required }]) => {
    const must = required || spec.key.includes(name) ? ' not null' : '';
    return `${ident(name)} ${type}${must}`;
  });
  const origin = Object.entries(ORIGIN).map(([name, type]) => `${name} ${type} not null`);
  const all = [...columns, ...origin, `primary key (${spec.key.map(ident).join(', ')})`];
  return `create table ${table(spec.into)} (\n  ${all.join(',\n  ')}\n)`;
}

/** Whether those who write a table may. */
export async function rightsFindings(client: Client, task: string, name: string): Promise<Finding[]> {
  const { fail } = findingsOf(task);
  const lacks = await lacking(client, name, REPORT_LOGIN, WRITES);
  const by = Map.groupBy(lacks, ({ who }) => who);
  return [...by].map(([who, verbs]) =>
    fail(`"${who}" may not ${verbs.map(({ verb }) => verb).join(', ')} in ${name}`, {
      mend: 'npx kubescribe roles',
    }),
  );
}

/** Whether just these columns make a row of a table unique. */
export function keyFindings(
  task: string,
  name: string,
  key: readonly string[],
  facts: TableFacts,
): Finding[] {
  const { ok, fail } = findingsOf(task);
  const columns = key.join(', ');
  if (isUnique(facts, key)) return [ok(`${name} is unique by (${columns})`)];
  if (key.some((column) => !facts.columns[column])) return [];
  const sql = `create unique index on ${table(name)} (${key.map(ident).join(', ')})`;
  return [fail(`nothing makes ${name} unique by just (${columns})`, { sql })];
}

function originFindings(spec: IngestSpec, facts: TableFacts): Finding[] {
  const { fail } = findingsOf(spec.name);
  const missing = Object.entries(ORIGIN).filter(([name]) => !facts.columns[name]);
  const added = missing.map(([name, type]) => `add column ${name} ${type}`).join(', ');
  const wrong = Object.entries(ORIGIN).filter(
    ([name, type]) => facts.columns[name] && facts.columns[name].base !== type,
  );
  return [
    ...(missing.length > 0
      ? [
          fail(`${spec.into} lacks where its rows come from: ${missing.map(([name]) => name).join(', ')}`, {
            sql: `alter table ${table(spec.into)} ${added}`,
          }),
        ]
      : []),
    ...wrong.map(([name, type]) =>
      fail(`${spec.into}.${name} must be ${type}, and is ${facts.columns[name]?.type}`),
    ),
  ];
}

async function columnFindings(client: Client, spec: IngestSpec, facts: TableFacts): Promise<Finding[]> {
  const { ok, warn, fail } = findingsOf(spec.name);
  const findings: Finding[] = [];
  for (const [name, { type, required }] of Object.entries(spec.columns)) {
    const column = facts.columns[name];
    if (!column) {
      const sql = `alter table ${table(spec.into)} add column ${ident(name)} ${type}`;
      findings.push(fail(`${spec.into} has no column "${name}"`, { sql }));
    } else if (column.computed) findings.push(fail(`${spec.into}.${name} is computed: nobody can write it`));
    else if (!(await assignable(client, type, column.base)))
      findings.push(fail(`${spec.into}.${name} is ${column.type}, which takes no ${type}`));
    else if (column.notNull && !required && !spec.key.includes(name))
      findings.push(
        warn(`${spec.into}.${name} must not be null, but the column is not required: such rows fail`, {
          mend: `say "required: true" of it`,
        }),
      );
  }
  const brought = new Set([...Object.keys(spec.columns), ...Object.keys(ORIGIN)]);
  for (const [name, { notNull, filled, computed }] of Object.entries(facts.columns))
    if (!brought.has(name) && notNull && !filled && !computed)
      findings.push(fail(`${spec.into}.${name} must not be null, and nothing fills it`));
  return findings.length > 0
    ? findings
    : [ok(`${spec.into} has its ${Object.keys(spec.columns).length} columns`)];
}

function sideFindings(spec: IngestSpec, { triggers, rowSecurity }: TableFacts): Finding[] {
  const { warn } = findingsOf(spec.name);
  return [
    ...(triggers.length > 0
      ? [warn(`triggers of ${spec.into} fire for each row: ${triggers.join(', ')}`)]
      : []),
    ...(rowSecurity ? [warn(`${spec.into} has row security: policies may hide rows from the ingest`)] : []),
  ];
}

async function referenceFindings(client: Client, spec: IngestSpec): Promise<Finding[]> {
  const { warn } = findingsOf(spec.name);
  const findings: Finding[] = [];
  for (const { references } of Object.values(spec.columns)) {
    const facts = references && (await tableFacts(client, references.table));
    // That it is there at all is seen by asking the rule.
    if (!references || !facts?.columns[references.column] || isIndexed(facts, references.column)) continue;
    const sql = `create index on ${table(references.table)} (${ident(references.column)})`;
    findings.push(
      warn(`${references.table}.${references.column} has no index: each value is sought in all rows`, {
        sql,
      }),
    );
  }
  return findings;
}
