/** What becomes of an ingest whose source has other columns than it had. */
import type { Client } from 'pg';
import { Refusal, type TaskContext } from '../pipeline/task.ts';
import { addColumns, typeInTarget } from './added-columns.ts';
import { type KnownColumns, readColumns, recallColumns, rememberColumns } from './known-columns.ts';
import { type Column, givenName, type IngestSpec, type Policy } from './spec.ts';

export type Kept = {
  /** The ingest as it goes on with the columns that there are. */
  spec: IngestSpec;
  /** What differs from what was known of the source, by column. */
  changes: Record<string, string>;
  /** Adds columns to the target and keeps what was seen: inside of the batch's transaction. */
  settle(report: Client): Promise<void>;
};

type Seen = { now: KnownColumns; before: KnownColumns | undefined };
/** Columns of the source that are no longer as they were: of those that are brought, and those that nobody asked for. */
type Differences = { gone: string[]; retyped: string[]; added: string[]; lost: string[] };

/** Compares a source with what is known of it. Refuses where the contract says so. */
export async function keepContract(spec: IngestSpec, production: Client, report: Client): Promise<Kept> {
  const seen = { now: await readColumns(production, spec), before: await recallColumns(report, spec) };
  if (Object.keys(seen.now).length === 0)
    throw new Refusal('NO_TABLE', `Production has no table ${spec.from.table} with columns.`);
  const differs = differences(spec, seen);
  refuseFrozen(spec, seen, differs);
  const known = await carryOver(spec, report, seen, differs);
  const text = JSON.stringify(known);
  return {
    spec: adapted(spec, known, differs),
    changes: told(seen, known, differs),
    async settle(client) {
      await addColumns(client, spec.into, known);
      if (text !== JSON.stringify(seen.before)) await rememberColumns(client, spec, known);
    },
  };
}

const originsOf = ({ from: { id, receivedAt, source, time } }: IngestSpec) =>
  [id, receivedAt, source, time].flatMap((name) => name ?? []);
const broughtBy = (spec: IngestSpec) =>
  Object.entries(spec.columns).map(([name, column]) => givenName(name, column));

function differences(spec: IngestSpec, { now, before }: Seen): Differences {
  const asked = [...new Set([...broughtBy(spec), ...originsOf(spec)])];
  const isNew = (column: string) => before !== undefined && !before[column] && !asked.includes(column);
  return {
    gone: asked.filter((column) => !now[column]),
    retyped: asked.filter(
      (column) => now[column] && before?.[column] && before[column].type !== now[column].type,
    ),
    added: Object.keys(now).filter(isNew),
    lost: Object.keys(before ?? {}).filter((column) => !now[column] && before?.[column]?.brought),
  };
}

function refuseFrozen(spec: IngestSpec, { now, before }: Seen, { gone, retyped, added }: Differences): void {
  const { changed = 'freeze' } = spec.contract;
  const frozen = [
    ...gone
      .filter((column) => changed === 'freeze' || originsOf(spec).includes(column))
      .map((column) => (before?.[column] ? `"${column}" is gone` : `there is no "${column}"`)),
    // Without a word on it a column of another type is read as ever, and judged value by value.
    ...(spec.contract.changed === 'freeze' ? retyped : []).map(
      (column) => `"${column}" was ${before?.[column]?.type} and is ${now[column]?.type}`,
    ),
    ...(spec.contract.added === 'freeze' ? added : []).map((column) => `"${column}" is new`),
  ];
  if (frozen.length === 0) return;
  const what = before ? 'changed' : 'are not those that the pipeline names';
  throw new Refusal(
    'SOURCE_CHANGED',
    `The columns of ${spec.from.table} ${what}: ${frozen.join(', ')}. Nothing was read; change the pipeline's columns, or its contract.`,
  );
}

/** What is known from now on: columns of the source, and which of them are brought beyond those that are named. */
async function carryOver(
  spec: IngestSpec,
  report: Client,
  { now, before }: Seen,
  { added, retyped }: Differences,
): Promise<KnownColumns> {
  const known: KnownColumns = {};
  for (const [column, { type }] of Object.entries(now)) {
    const brought =
      spec.contract.added === 'evolve' && added.includes(column)
        ? await typeInTarget(report, spec.into, column)
        : before?.[column]?.brought;
    const loose = before?.[column]?.loose ?? retyped.includes(column);
    known[column] = { type, ...(brought && { brought }), ...(loose && { loose }) };
  }
  return known;
}

/** The ingest with the columns that came, without the values of those that went. */
function adapted(spec: IngestSpec, known: KnownColumns, { gone }: Differences): IngestSpec {
  const { contract, onReject } = spec;
  const columns: Record<string, Column> = { ...spec.columns };
  const absent: string[] = [];
  const per: Record<string, Policy> = {};
  for (const [name, column] of Object.entries(spec.columns)) {
    const given = givenName(name, column);
    if (gone.includes(given)) {
      absent.push(name);
      if (contract.changed === 'discard row') columns[name] = { ...column, required: true };
    }
    const isLoose = contract.changed === 'discard value' && known[given]?.loose && !spec.key.includes(name);
    if (isLoose && column.type !== 'text') per[`cast.${name}`] = 'warn';
  }
  for (const [name, { brought }] of Object.entries(known))
    if (brought && contract.added === 'evolve' && !columns[name] && !broughtBy(spec).includes(name))
      // Nobody has said whether its values may be shown.
      columns[name] = { type: brought, stored: 'hash' };
  return { ...spec, columns, absent, onReject: { ...onReject, per: { ...per, ...onReject.per } } };
}

function told({ now, before }: Seen, known: KnownColumns, differs: Differences): Record<string, string> {
  const { gone, lost, retyped, added } = differs;
  return Object.fromEntries([
    ...added.map((column) => [column, known[column]?.brought ? 'new: brought too' : 'new: not brought']),
    ...retyped.map((column) => [column, `was ${before?.[column]?.type}, is ${now[column]?.type}`]),
    ...[...gone, ...lost].filter((column) => !before || before[column]).map((column) => [column, 'gone']),
  ]);
}

/** Tells people what changed: by a line of the log, and with the run. */
export async function tellChanges<P>(
  { from }: IngestSpec,
  context: TaskContext<P>,
  changes: Record<string, string>,
): Promise<void> {
  const columns = Object.entries(changes).map(([column, what]) => `"${column}" ${what}`);
  if (columns.length === 0) return;
  context.log.warn(`The columns of ${from.table} changed: ${columns.join(', ')}.`, { columns: changes });
  await context.note({ source_columns: changes });
}
