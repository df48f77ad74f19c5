/** The source as the oracle sees it: which rows are there, and which changed since they were last read. */
import type { Change, Dataset, Row } from './dataset.ts';

export type SourceRow = Row & { id: bigint };

export type Source = {
  /** By id. */
  rows: Map<bigint, SourceRow>;
  unread: Set<bigint>;
  /** Ids that are yet to be given. */
  ids: bigint[];
};

export const emptySource = ({ ids }: Dataset): Source => ({
  rows: new Map(),
  unread: new Set(),
  ids: ids.map(BigInt),
});

/** What a change comes to, in a source as it stands. */
export type Doing = { do: 'insert' | 'edit'; row: SourceRow } | { do: 'delete'; id: bigint };

/** Applies a change and says what was done; undefined when there is nothing to change. */
export function apply(source: Source, change: Change): Doing | undefined {
  if (change.do === 'insert') {
    const row = { ...change.row, id: source.ids.shift()! };
    put(source, row);
    return { do: 'insert', row };
  }
  const there = [...source.rows.values()][change.nth % Math.max(1, source.rows.size)];
  if (!there) return undefined;
  if (change.do === 'edit') {
    const row = { ...there, ...change.row, cells: { ...there.cells, ...change.row.cells } };
    put(source, row);
    return { do: 'edit', row };
  }
  source.rows.delete(there.id);
  source.unread.delete(there.id);
  return { do: 'delete', id: there.id };
}

function put(source: Source, row: SourceRow): void {
  source.rows.set(row.id, row);
  source.unread.add(row.id);
}

/** Takes the unread rows up to an id, in the order of ids. */
export function take(source: Source, upTo: bigint): SourceRow[] {
  const ids = [...source.unread].filter((id) => id <= upTo).toSorted((a, b) => (a < b ? -1 : 1));
  for (const id of ids) source.unread.delete(id);
  return ids.map((id) => source.rows.get(id)!);
}
