/** An assertion over the report database as a task: what its SQL finds is bad. */
import { literal } from '../db/quote.ts';
import { noting } from '../evidence/note.ts';
import { identitySql, type Stored, storedText } from '../evidence/stored.ts';
import { emptyBooks } from '../report/books.ts';
import { PipelineError } from './define.ts';
import { Refusal, type Task, type TaskContext, task } from './task.ts';

/** Bad rows that are kept as evidence, of each time that a check is made. */
const SAMPLES = 100;

type CheckOptions = {
  /** The task's name; its rule is `check.NAME`. */
  name: string;
  /** A query of the report database: every row that it gives is bad. */
  sql: string;
  /** So many bad rows are let pass; default 0. */
  most?: number;
  /** What more of them mean: the run ends in ERROR (the default), or goes on with a warning. */
  severity?: 'error' | 'warn';
  /** How values are kept as evidence, by column of the query; default: as they are. */
  stored?: Record<string, Stored>;
  /** The columns of the query that evidence is found by; default `symbol` and `ts`. */
  about?: { symbol?: string; ts?: string };
};

export type CheckSpec = Required<
  Pick<CheckOptions, 'name' | 'sql' | 'most' | 'severity' | 'stored' | 'about'>
> & {
  kind: 'check';
};

/** A task that checks. Throws a PipelineError when it cannot work as written. */
export function check<P>(options: CheckOptions): Task<P> {
  const spec = { kind: 'check', most: 0, severity: 'error', stored: {}, about: {}, ...options } as const;
  const fail = (why: string) => {
    throw new PipelineError(`Task "${spec.name}": ${why}`);
  };
  if (spec.sql.trim() === '') fail('a check needs SQL.');
  if (!(Number.isInteger(spec.most) && spec.most >= 0)) fail('"most" is a number of rows, 0 or more.');
  return task<P>(spec.name, (context) => run(spec, context), { spec });
}

async function* run<P>(spec: CheckSpec, context: TaskContext<P>) {
  const { name, most, severity } = spec;
  let found = 0;
  // Its turn is its own: it writes no table of anybody's.
  await context.batch(`check ${name}`, async (report, commitId) => {
    const { rows } = await report.query<{ found: number }>(
      `select count(*) as found from (${spec.sql}\n) ks_found`,
    );
    found = rows[0]?.found ?? 0;
    const books = emptyBooks();
    if (found <= most) return { books };
    const noted = await report.query<{ fresh: number }>(evidenceSql(spec, context.pipeline, commitId));
    books.evidence.data_quality_errors = noted.rows.reduce((sum, { fresh }) => sum + fresh, 0);
    return { books };
  });
  const rule = `check.${name}`;
  await context.note({ check: { rule, found, most, severity } });
  const says = `${found} bad rows, and ${most} may be; they are in data_quality_errors by the rule "${rule}"`;
  if (found <= most) context.log.info(`${found} bad rows, and ${most} may be`);
  else if (severity === 'warn') context.log.warn(says);
  else throw new Refusal('CHECK_FAILED', `Task "${name}" found ${says}.`);
  yield {};
}

function evidenceSql(
  { name, sql, severity, stored, about }: CheckSpec,
  pipeline: string,
  commitId: number,
): string {
  const rule = literal(`check.${name}`);
  const identity = identitySql([literal(pipeline), literal(name), `'check'`, 'ks_found.sample']);
  const { symbol = 'symbol', ts = 'ts' } = about;
  const shown = (column: string) => `ks_found.sample ->> ${literal(column)}`;
  return noting(
    `
    select distinct on (identity) ${commitId}, 'data_quality_errors', ${identity} as identity, ${shown(symbol)},
           case when pg_input_is_valid(${shown(ts)}, 'timestamptz') then (${shown(ts)})::timestamptz end,
           jsonb_build_object('error_type', 'constraint_violation', 'error_detail', ${rule}, 'rule', ${rule},
             'policy', ${literal(severity === 'warn' ? 'warn' : 'abort')}, 'sample', ks_found.sample), 1
      from (select sample from bad order by sample::text limit ${SAMPLES}) ks_found`,
    `bad as (select ${sampleSql(stored)} as sample from (${sql}\n) ks_row), `,
  );
}

/** A row as its columns may be shown. */
function sampleSql(stored: Record<string, Stored>): string {
  const hidden = Object.entries(stored).filter(([, as]) => as !== 'keep');
  const row = 'to_jsonb(ks_row)';
  const left = hidden.map(([column]) => ` - ${literal(column)}`).join('');
  const put = hidden
    .filter(([, as]) => as !== 'drop')
    .map(([column, as]) => {
      const text = storedText(as, `(${row} ->> ${literal(column)})`);
      return ` || jsonb_build_object(${literal(column)}, ${text})`;
    });
  return `(${row}${left})${put.join('')}`;
}
