/** The task that recomputes the groups of a summary which written rows touched. */
import type { Client } from 'pg';
import { ident, literal, table } from '../db/quote.ts';
import { PipelineError } from '../pipeline/define.ts';
import { type Task, type TaskContext, task } from '../pipeline/task.ts';
import { emptyBooks } from '../report/books.ts';
import type { Batch } from '../report/commit-row.ts';
import { memory } from './joins.ts';

/** Groups that one batch recomputes; each batch may have to read the whole source. */
const GROUPS = 2000;

export type RollupSpec = {
  kind: 'rollup';
  name: string;
  /** The table that is summed up; ingests that write it tell which of its groups they touched. */
  from: string;
  /** The summary's table. */
  into: string;
  /** The columns of the group, by name, as SQL over the source. */
  by: Record<string, string>;
  /** The columns of the summary, by name, as aggregates over the source. */
  values: Record<string, string>;
};

type RollupOptions = Omit<RollupSpec, 'kind' | 'name' | 'by'> & {
  /** The task's name; default: the table that it writes. */
  name?: string;
  /** The columns of the group: those of the source by their names, or by name as SQL over the source. */
  by: readonly string[] | Record<string, string>;
};

/** A task that rolls up what was touched since it last did. */
export function rollup<P>({ name, by, ...rest }: RollupOptions): Task<P> {
  const columns = Array.isArray(by) ? by.map((column) => [column, ident(column)]) : Object.entries(by);
  const spec: RollupSpec = {
    ...rest,
    kind: 'rollup',
    name: name ?? rest.into,
    by: Object.fromEntries(columns),
  };
  if (Object.keys(spec.by).length === 0 || Object.keys(spec.values).length === 0)
    throw new PipelineError(`Task "${spec.name}": a roll-up needs groups (by) and values.`);
  const rollsUp = { from: spec.from, into: spec.into, by: spec.by };
  return task<P>(spec.name, (context) => run(spec, context), { rollsUp, spec });
}

async function* run<P>(spec: RollupSpec, context: TaskContext<P>) {
  for (let more = true; more; ) {
    const { books } = await context.batch(spec.into, (client, commitId) => batch(spec, client, commitId));
    more = books.read === GROUPS;
    context.log.info(`${books.written} of ${books.read} groups changed`, { ...books });
    yield {};
  }
}

/** The groups are taken by one statement and the source read by a later one, which sees all that touched them. */
async function batch(spec: RollupSpec, client: Client, commitId: number): Promise<Partial<Batch>> {
  const taken = `kubescribe.taken_${commitId}`;
  const fresh = `kubescribe.fresh_${commitId}`;
  await client.query(memory('local'));
  const read = await take(client, spec, taken);
  const books = { ...emptyBooks(), read };
  if (read > 0) {
    await compute(client, spec, taken, fresh);
    books.unchanged = await countUnchanged(client, spec, taken, fresh);
    books.written = (await write(client, spec, fresh)) + (await removeEmpty(client, spec, taken, fresh));
    await client.query(`drop table ${fresh}`);
  }
  await client.query(`drop table ${taken}`);
  return { books };
}

const sameGroup = (spec: RollupSpec, one: string, other: string) =>
  Object.keys(spec.by)
    .map((name) => `${one}.${ident(name)} = ${other}.${ident(name)}`)
    .join(' and ');

async function take(client: Client, spec: RollupSpec, taken: string): Promise<number> {
  const columns = Object.keys(spec.by).map((name) => `typed.${ident(name)}`);
  await client.query(`
    create unlogged table ${taken} as
    select key, ${columns.join(', ')}
      from (select distinct key from kubescribe.touched_keys
             where target = ${literal(spec.into)} order by key limit ${GROUPS}) touched,
           jsonb_populate_record(null::${table(spec.into)}, key) typed`);
  const { rowCount } = await client.query(`select from ${taken}`);
  await client.query(`
    delete from kubescribe.touched_keys touched using ${taken} taken
     where touched.target = ${literal(spec.into)} and touched.key = taken.key`);
  return rowCount ?? 0;
}

/** Grouped by what was taken, of which the planner knows how few it is: so each of its workers sums up a share by itself. */
async function compute(client: Client, spec: RollupSpec, taken: string, fresh: string): Promise<void> {
  const by = Object.entries(spec.by).map(([name, sql], i) => ({
    expression: `${sql} as ks_of_${i}`,
    group: `${ident(name)} as ks_group_${i}`,
    same: `ks_of_${i} = ks_group_${i}`,
    result: `ks_group_${i} as ${ident(name)}`,
  }));
  const each = (what: keyof (typeof by)[number]) => by.map((part) => part[what]);
  const values = Object.entries(spec.values).map(([name, sql]) => `${sql} as ${ident(name)}`);
  await client.query(`set local enable_sort = off;
    create unlogged table ${fresh} as
    select ${[...each('result'), ...values].join(', ')}
      from (select *, ${each('expression').join(', ')} from ${table(spec.from)}) source
      join (select distinct ${each('group').join(', ')} from ${taken}) taken on ${each('same').join(' and ')}
     group by ${by.map((_, i) => `ks_group_${i}`).join(', ')};
    set local enable_sort = on`);
}

/** Groups that are as they were, those among them that were not there and still are not. */
async function countUnchanged(
  client: Client,
  spec: RollupSpec,
  taken: string,
  fresh: string,
): Promise<number> {
  const columns = Object.keys(spec.by).map(ident);
  const group = columns.join(', ');
  const { rows } = await client.query<{ count: number }>(`
    select count(*) as count
      from ${taken} left join ${fresh} here using (${group}) left join ${table(spec.into)} there using (${group})
     where (here.${columns[0]} is null) = (there.${columns[0]} is null) and ${sameValues(spec)}`);
  return rows[0]!.count;
}

const sameValues = (spec: RollupSpec) => {
  const tuple = (of: string) =>
    `(${Object.keys(spec.values)
      .map((name) => `${of}.${ident(name)}`)
      .join(', ')})`;
  return `${tuple('there')} is not distinct from ${tuple('here')}`;
};

async function write(client: Client, spec: RollupSpec, fresh: string): Promise<number> {
  const values = Object.keys(spec.values).map(ident);
  const columns = [...Object.keys(spec.by).map(ident), ...values];
  const { rowCount } = await client.query(`
    merge into ${table(spec.into)} there using ${fresh} here on ${sameGroup(spec, 'there', 'here')}
     when matched and not (${sameValues(spec)}) then
          update set ${values.map((column) => `${column} = here.${column}`).join(', ')}
     when not matched then
          insert (${columns.join(', ')}) values (${columns.map((column) => `here.${column}`).join(', ')})`);
  return rowCount ?? 0;
}

/** A group whose rows are all gone leaves the summary. */
async function removeEmpty(client: Client, spec: RollupSpec, taken: string, fresh: string): Promise<number> {
  const { rowCount } = await client.query(`
    delete from ${table(spec.into)} there using ${taken} taken
     where ${sameGroup(spec, 'there', 'taken')}
       and not exists (select from ${fresh} fresh where ${sameGroup(spec, 'fresh', 'taken')})`);
  return rowCount ?? 0;
}
