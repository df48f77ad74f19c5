/** An ingest guessed from what the catalogues say of its tables. */
import type { ColumnType, IngestOptions } from '../ingest/spec.ts';
import { type ColumnFacts, isUnique, type TableFacts } from './table-facts.ts';

const TYPES: [RegExp, ColumnType][] = [
  [/^(smallint|integer|bigint)$/, 'bigint'],
  [/^(numeric|real|double precision)$/, 'numeric'],
  [/^boolean$/, 'boolean'],
  [/^date$/, 'date'],
  [/^timestamp/, 'timestamptz'],
];
const SAID_AT = ['received_at', 'updated_at', 'modified_at', 'changed_at', 'created_at'];
const SAID_BY = ['source', 'vendor', 'channel'];
/** Until somebody says another share. */
const MOST = 0.05;

/** The tables as they are; undefined: nobody could look, or there is none. */
type Tables = { from: string; into: string; source: TableFacts | undefined; target: TableFacts | undefined };

/** What an ingest between two tables most likely is. */
export function draftIngest({ from, into, source, target }: Tables): IngestOptions {
  const facts: Record<string, Pick<ColumnFacts, 'base'>> = source?.columns ?? { id: { base: 'bigint' } };
  const typeOf = (name: string) => TYPES.find(([base]) => base.test(facts[name]?.base ?? ''))?.[1] ?? 'text';
  const named = (names: readonly string[], type: ColumnType) =>
    names.find((name) => facts[name] && typeOf(name) === type);
  const id = idOf(source) ?? 'id';
  const receivedAt = named(SAID_AT, 'timestamptz');
  const said = named(SAID_BY, 'text');
  const time = Object.keys(facts).find(
    (name) => /^(timestamptz|date)$/.test(typeOf(name)) && name !== receivedAt,
  );
  const origin = [id, receivedAt, said];
  const wanted = Object.keys(facts).filter((name) =>
    target ? target.columns[name] : !origin.includes(name),
  );
  const key = keyOf(source, target, wanted) ?? [id];
  const columns = [...new Set([...wanted.filter((name) => !name.startsWith('ks_')), ...key])].map((name) => {
    const required = !key.includes(name) && (target ?? source)?.columns[name]?.notNull === true;
    return [name, { type: typeOf(name), ...(required && { required }) }] as const;
  });
  return {
    from: {
      table: from,
      id,
      ...(receivedAt && { receivedAt }),
      ...(said && { source: said }),
      ...(time && { time }),
    },
    columns: Object.fromEntries(columns),
    key,
    into,
    onReject: { most: MOST },
  };
}

/** A whole number that is unique, best one that grows. */
function idOf(source: TableFacts | undefined): string | undefined {
  if (!source) return undefined;
  const whole = Object.entries(source.columns).filter(([, { base }]) =>
    /^(smallint|integer|bigint)$/.test(base),
  );
  const unique = whole.filter(([name]) => isUnique(source, [name]));
  return (unique.find(([, { grows }]) => grows) ?? unique[0] ?? whole[0])?.[0];
}

/** Columns that make rows unique in the target, or in the source beside its id. */
function keyOf(source: TableFacts | undefined, target: TableFacts | undefined, wanted: readonly string[]) {
  const keys = [...(target?.indexes ?? []), ...(target ? [] : (source?.indexes ?? []))].filter(
    ({ unique }) => unique,
  );
  return keys
    .map(({ columns }) => columns.flatMap((name) => name ?? []))
    .find((columns) => columns.length > 0 && columns.every((name) => wanted.includes(name)));
}
