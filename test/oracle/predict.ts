/** The oracle: what a dataset must come to, in plain functions that share nothing with the engine. */
import type { Dataset, Spec } from './dataset.ts';
import { type Evidence, noteConflicts, verdictOf } from './evidence.ts';
import { fold } from './fold.ts';
import { alike, isSame, type Judged, judged, keyOf, saysOf, shownRow } from './judged.ts';
import { apply, emptySource, type SourceRow, take } from './source.ts';
import { type Summary, summarise, touch } from './summary.ts';

/** The report's rows, by key. */
export type Report = Map<string, Judged>;

export type Books = Record<
  'read' | 'written' | 'unchanged' | 'deduped' | 'rejected' | 'warned' | 'quarantined',
  number
>;

export type Told = {
  books: Books;
  rejectedBy: Record<string, number>;
  /** Columns and origin, as they are shown. */
  rows: (string | null)[][];
  summary: (string | null)[][];
  summaryBooks: Pick<Books, 'read' | 'written' | 'unchanged'>;
  /** All identities so far, each with its class. */
  evidence: string[];
  /** Ids of the source's rows that are kept whole. */
  quarantine: string[];
};

type State = {
  spec: Spec;
  pipeline: string;
  quarantine: Set<string>;
  report: Report;
  evidence: Evidence;
  touched: Set<string>;
  faults: Set<string>;
};

/** What each round leaves; `cuts` says how batches split its rows: the last id of each, in their order. */
export function predict(dataset: Dataset, cuts: readonly (readonly string[])[], pipeline: string) {
  const { spec } = dataset;
  const source = emptySource(dataset);
  const summary: Summary = new Map();
  const state: State = {
    spec,
    pipeline,
    quarantine: new Set(),
    report: new Map(),
    evidence: new Map(),
    touched: new Set(),
    faults: new Set(),
  };
  const rounds = dataset.rounds.map(({ changes }, round): Told => {
    for (const change of changes) apply(source, change);
    state.touched.clear();
    const told = emptyTold();
    for (const cut of cuts[round]!) ingest(state, take(source, BigInt(cut)), told);
    if (source.unread.size > 0) throw new Error(`round ${round + 1} left rows unread`);
    return {
      ...told,
      summaryBooks: summarise(spec, state.report, state.touched, summary),
      rows: [...state.report.values()].map((row) => shownRow(spec, row)).toSorted(byText),
      summary: [...summary.values()].toSorted(byText),
      evidence: [...state.evidence].map(([identity, { class: of }]) => `${of} ${identity}`).toSorted(),
      quarantine: [...state.quarantine].toSorted(),
    };
  });
  const kinds = [...state.evidence.values()].map(({ kind }) => kind);
  return { rounds, faults: new Set([...state.faults, ...kinds]) };
}

const emptyTold = (): Told => ({
  books: { read: 0, written: 0, unchanged: 0, deduped: 0, rejected: 0, warned: 0, quarantined: 0 },
  rejectedBy: {},
  rows: [],
  summary: [],
  summaryBooks: { read: 0, written: 0, unchanged: 0 },
  evidence: [],
  quarantine: [],
});

/** One batch. */
function ingest(state: State, batch: readonly SourceRow[], { books, rejectedBy }: Told): void {
  const { spec, quarantine } = state;
  const byKey = new Map<string, Judged[]>();
  books.read += batch.length;
  for (const given of batch) {
    const row = judged(spec, given);
    const { reason, warned, quarantined } = verdictOf(spec, given, row, state);
    quarantine.delete(String(row.id));
    if (reason !== undefined) {
      books.rejected++;
      rejectedBy[reason] = (rejectedBy[reason] ?? 0) + 1;
      if (quarantined) {
        books.quarantined++;
        quarantine.add(String(row.id));
        state.faults.add('quarantined');
      }
      continue;
    }
    if (warned) {
      books.warned++;
      state.faults.add('warned');
    }
    const key = JSON.stringify(keyOf(spec, row));
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  for (const [key, rows] of byKey) settle(state, key, rows, books);
}

/** Rows about one thing: one of them is written at most. */
function settle(state: State, key: string, rows: Judged[], books: Books): void {
  const { spec, report, touched, faults } = state;
  const there = report.get(key);
  const { standing, conflicts } = fold(spec, there, rows);
  noteConflicts(conflicts, state);
  const all = there ? [there, ...rows] : rows;
  if (
    all.some((one) => all.some((other) => one.id < other.id && alike(saysOf(spec, one), saysOf(spec, other))))
  )
    faults.add('equal duplicates');
  if (there && rows.some(({ id }) => id === there.id)) faults.add('late version');
  books.deduped += rows.length - 1;
  if (standing === there) books.deduped++;
  else if (there && isSame(spec, there, standing)) books.unchanged++;
  else {
    books.written++;
    if (there) touch(spec, there, touched);
    touch(spec, standing, touched);
    report.set(key, standing);
  }
}

export const byText = (one: readonly unknown[], other: readonly unknown[]) =>
  JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
