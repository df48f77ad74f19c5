/** The task that keeps a whole table as it is in production: read in one snapshot, replaced in one transaction. */
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { copyOut } from '../db/copy-out.ts';
import { ident, table } from '../db/quote.ts';
import { type Task, type TaskContext, task } from '../pipeline/task.ts';
import { emptyBooks } from '../report/books.ts';
import type { Batch } from '../report/commit-row.ts';
import { mirroredColumns } from './mirror-columns.ts';

export type MirrorSpec = {
  kind: 'mirror';
  name: string;
  /** The table in production. */
  from: string;
  /** The table in the report database: it has all columns of the other, and may have more. */
  into: string;
};

type MirrorOptions = Omit<MirrorSpec, 'kind' | 'name'> & {
  /** The task's name; default: the table that it writes. */
  name?: string;
};

/** A task that copies a whole table, once a run. All of it has to fit into one batch. */
export function mirror<P>({ name, ...rest }: MirrorOptions): Task<P> {
  const spec: MirrorSpec = { ...rest, kind: 'mirror', name: name ?? rest.into };
  return task<P>(spec.name, (context) => run(spec, context), {
    movesRows: true,
    spec,
    noRange: `Task "${spec.name}" mirrors a whole table: it cannot read a range.`,
  });
}

async function* run<P>(spec: MirrorSpec, context: TaskContext<P>) {
  // Its commit row says that it was done, whatever became of the worker that did it.
  if ((await context.watermark())?.runId === context.runId) return;
  // Connected before the turn is taken: others need not wait for it.
  const production = await context.production();
  const { books } = await context.batch(spec.into, (report) => copy(spec, context, production, report));
  context.progress(books.read, books.read);
  context.log.info(`${books.written} rows of ${spec.from}`, { ...books });
  yield {};
}

/** Readers see what was there until this commits; the turn was taken before the snapshot is. */
async function copy<P>(
  spec: MirrorSpec,
  { signal }: TaskContext<P>,
  production: Client,
  report: Client,
): Promise<Partial<Batch>> {
  await production.query('begin isolation level repeatable read read only');
  const { columns, format } = await mirroredColumns(production, report, spec);
  const names = columns.map(ident).join(', ');
  await report.query(`delete from ${table(spec.into)}`);
  const reading = copyOut(
    production,
    `copy (select ${names} from ${table(spec.from)}) to stdout (format ${format})`,
  );
  const writing = report.query(copyFrom(`copy ${table(spec.into)} (${names}) from stdin (format ${format})`));
  await pipeline(reading, writing, { signal });
  await production.query('rollback');
  return { books: { ...emptyBooks(), read: reading.rowCount, written: writing.rowCount } };
}
