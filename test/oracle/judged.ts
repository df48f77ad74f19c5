/** Rows as the oracle judges them: read by type, ranked by trust, shown as a report shows them. */
import { instants, type Spec, types } from './dataset.ts';
import type { Cells, ColumnName } from './rules.ts';
import type { SourceRow } from './source.ts';
import { type Read, read } from './value.ts';

export type Judged = { id: bigint; rank: number; at: number; cells: Cells };

/** A source's row with its cells read, and how far it is trusted. */
export function judged({ key, values, sources }: Spec, { id, cells, source, at }: SourceRow): Judged {
  const place = source === null ? -1 : sources.indexOf(source);
  const typed = [...key, ...values].map((name): [ColumnName, Read] => [name, read(types[name], cells[name])]);
  return {
    id,
    rank: place < 0 ? sources.length + 1 : place + 1,
    // What says no time is as old as can be.
    at: Math.max(at, 1),
    cells: Object.fromEntries(typed),
  };
}

/** Whether one row stands against another: the more trusted source, then the later word, then the later row. */
export function stands(one: Judged, other: Judged): boolean {
  if (one.rank !== other.rank) return one.rank < other.rank;
  return one.at !== other.at ? one.at > other.at : one.id > other.id;
}

const same = (cell: Read | undefined) => (cell?.is === 'value' ? cell.value.same : null);
const text = (cell: Read | undefined) => (cell?.is === 'value' ? cell.value.shown : null);

/** What it says in some columns, alike where it is equal. */
export const saidBy = (columns: readonly ColumnName[], { cells }: Judged) =>
  columns.map((name) => same(cells[name]));

/** What makes a row one and the same: the values of its key. */
export const keyOf = ({ key }: Spec, row: Judged) => saidBy(key, row);

/** What it says beside its key. */
export const saysOf = ({ values }: Spec, row: Judged) => saidBy(values, row);

/** As the report shows it, byte for byte, with whoever said it. */
export const shownRow = ({ key, values }: Spec, { cells, rank, at, id }: Judged) => [
  ...[...key, ...values].map((name) => text(cells[name])),
  String(rank),
  instants[at]!,
  String(id),
];

export const alike = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** Whether a version of a row says nothing new: equal numbers are alike, however many zeros they end in. */
export const isSame = (spec: Spec, one: Judged, other: Judged) =>
  one.id === other.id &&
  one.rank === other.rank &&
  one.at === other.at &&
  alike(saysOf(spec, one), saysOf(spec, other));
