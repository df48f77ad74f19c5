/** What an ingest needs of its source: a table that grows by an id, and columns that can be read as they shall be. */
import type { Client } from 'pg';
import { ident, literal, table } from '../db/quote.ts';
import { givenName, type IngestSpec } from '../ingest/spec.ts';
import { type Finding, findingsOf } from './finding.ts';
import {
  isIndexed,
  isUnique,
  lacking,
  PRODUCTION_LOGIN,
  type TableFacts,
  tableFacts,
} from './table-facts.ts';

/** Of so many rows of the source values are tried. */
const TRIED = 1000;
const WHOLE_NUMBERS = ['bigint', 'integer', 'smallint'];
const TEXTS = /^(text|character varying|character|citext)/;

/** All that is found of the source of an ingest. */
export async function sourceFindings(client: Client, spec: IngestSpec): Promise<Finding[]> {
  const { fail } = findingsOf(spec.name);
  const name = spec.from.table;
  const facts = await tableFacts(client, name);
  if (!facts) return [fail(`production has no table "${name}"`, { mend: 'see its name and PROD_DB_URL' })];
  if (facts.kind !== 'r' && facts.kind !== 'p')
    return [fail(`"${name}" is no table: only rows of a table tell which transaction wrote them`)];
  const lacks = await lacking(client, name, PRODUCTION_LOGIN, ['select']);
  const rights = lacks.map(({ who }) =>
    fail(`"${who}" may not read ${name}`, { mend: 'npx kubescribe roles' }),
  );
  const origin = [...idFindings(spec, facts), ...originFindings(spec, facts), ...timeFindings(spec, facts)];
  const mayRead = lacks.length === 0;
  return [...rights, ...origin, ...(await columnFindings(client, spec, facts, mayRead))];
}

function idFindings(spec: IngestSpec, facts: TableFacts): Finding[] {
  const { ok, warn, fail } = findingsOf(spec.name);
  const { table: name, id } = spec.from;
  const column = facts.columns[id];
  if (!column) return [fail(`${name} has no column "${id}", which "from.id" names`)];
  if (!WHOLE_NUMBERS.includes(column.base))
    return [fail(`${name}.${id} is ${column.type}: "from.id" must be a whole number`)];
  const sql = `create unique index concurrently on ${table(name)} (${ident(id)})`;
  const unique = isUnique(facts, [id]);
  if (!unique && (facts.kind !== 'p' || !isIndexed(facts, id)))
    return [fail(`nothing makes ${name}.${id} unique: rows with one id would be taken for one`, { sql })];
  return [
    ok(`${name}.${id}: ${column.type}${unique ? ', unique' : ', indexed in each partition'}`),
    ...(column.grows
      ? []
      : [
          warn(`nothing fills ${name}.${id} with growing numbers`, {
            mend: 'nothing, when whoever writes it does',
          }),
        ]),
  ];
}

function originFindings(spec: IngestSpec, facts: TableFacts): Finding[] {
  const { warn, fail } = findingsOf(spec.name);
  const { table: name, receivedAt, source } = spec.from;
  const findings: Finding[] = [];
  const missing = Object.entries({ receivedAt, source }).filter(
    ([, column]) => column && !facts.columns[column],
  );
  for (const [member, column] of missing)
    findings.push(fail(`${name} has no column "${column}", which "from.${member}" names`));
  const received = receivedAt === undefined ? undefined : facts.columns[receivedAt];
  if (received && /^(timestamp without|date)/.test(received.base))
    findings.push(warn(`${name}.${receivedAt} has no time zone: it is read as UTC`));
  else if (received && received.base !== 'timestamp with time zone')
    findings.push(fail(`${name}.${receivedAt} is ${received.type}: "from.receivedAt" must be an instant`));
  return findings;
}

function timeFindings({ name: task, from }: IngestSpec, facts: TableFacts): Finding[] {
  const { warn } = findingsOf(task);
  const { table: name, time, lookBack } = from;
  return [
    ...(time === undefined
      ? [warn('no "from.time": the pipeline takes no backfill')]
      : instantFindings(task, name, facts, { time, member: 'time', reads: 'each slot of a backfill' })),
    ...(lookBack === undefined
      ? []
      : instantFindings(task, name, facts, {
          time: lookBack.column,
          member: 'lookBack',
          reads: 'each window',
        })),
  ];
}

/** Whether a column can be sought by its time. */
function instantFindings(
  task: string,
  name: string,
  facts: TableFacts,
  { time, member, reads }: { time: string; member: string; reads: string },
): Finding[] {
  const { ok, warn, fail } = findingsOf(task);
  const column = facts.columns[time];
  if (!column) return [fail(`${name} has no column "${time}", which "from.${member}" names`)];
  if (!/^(timestamp|date)/.test(column.base))
    return [warn(`${name}.${time} is ${column.type}: ${reads} reads the whole table`)];
  if (isIndexed(facts, time)) return [ok(`${name}.${time}: ${column.type}, indexed`)];
  const sql = `create index concurrently on ${table(name)} (${ident(time)})`;
  return [warn(`${name}.${time} has no index: ${reads} reads the whole table`, { sql })];
}

async function columnFindings(
  client: Client,
  spec: IngestSpec,
  facts: TableFacts,
  mayRead: boolean,
): Promise<Finding[]> {
  const { ok, fail } = findingsOf(spec.name);
  const name = spec.from.table;
  const brought = Object.entries(spec.columns).map(([column, of]) => ({
    given: givenName(column, of),
    type: of.type,
  }));
  const missing = brought.filter(({ given }) => !facts.columns[given]);
  const there = brought.filter(({ given }) => facts.columns[given]);
  const left = Object.keys(facts.columns).length - there.length;
  return [
    ...missing.map(({ given }) => fail(`${name} has no column "${given}"`)),
    ...(missing.length === 0
      ? [ok(`${name} has the ${there.length} columns, and ${left} that are not brought`)]
      : []),
    ...(mayRead && there.length > 0 ? await unreadable(client, spec, there, facts) : []),
  ];
}

/** Texts are judged one by one; of any other type some values are tried. */
async function unreadable(
  client: Client,
  spec: IngestSpec,
  brought: readonly { given: string; type: string }[],
  facts: TableFacts,
): Promise<Finding[]> {
  const { warn, fail } = findingsOf(spec.name);
  const { table: name, id } = spec.from;
  const tried = brought.filter(({ type }) => type !== 'text');
  if (tried.length === 0 || !facts.columns[id]) return [];
  const counts = tried.map(({ given, type }, i) => {
    const value = `${ident(given)}::text`;
    return `count(${value}) as there_${i}, count(*) filter (where not pg_input_is_valid(${value}, ${literal(type)})) as bad_${i}`;
  });
  const { rows } = await client.query<Record<string, number>>(
    `select ${counts.join(', ')} from (select * from ${table(name)} order by ${ident(id)} desc limit ${TRIED}) tried`,
  );
  return tried.flatMap(({ given, type }, i) => {
    const [there = 0, bad = 0] = [rows[0]?.[`there_${i}`], rows[0]?.[`bad_${i}`]];
    if (bad === 0) return [];
    const what = `${name}.${given}: of the last ${there} values ${bad} cannot be read as ${type}`;
    const isText = TEXTS.test(facts.columns[given]?.base ?? '');
    return [
      bad === there && !isText ? fail(what) : warn(what, { mend: 'such rows are rejected, by onReject' }),
    ];
  });
}
