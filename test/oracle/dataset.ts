/** Datasets: a source that changes round by round, a spec, and how workers go about it. */
import type { ColumnName } from './rules.ts';
import type { Type } from './words.ts';

export const types: Record<ColumnName, Type> = {
  key_t: 'text',
  key_n: 'numeric',
  key_s: 'timestamptz',
  n: 'numeric',
  i: 'bigint',
  b: 'boolean',
  d: 'date',
  w: 'timestamptz',
  x: 'text',
};

/** The task that loads it. */
export const LOAD = 'load';

export type Policy = 'reject' | 'warn' | 'quarantine';

export type Spec = {
  key: ColumnName[];
  values: ColumnName[];
  rules: string[];
  /** What becomes of a row that breaks a rule, or has a value that cannot be read; else `reject`. */
  policies: Record<string, Policy>;
  /** The most trusted first; a row's may be none of them. */
  sources: string[];
  /** What its roll-up groups by. */
  group: ColumnName;
};

export type Row = {
  cells: Record<ColumnName, string | null>;
  source: string | null;
  /** One of `instants`. */
  at: number;
};

export type Edit = Partial<Omit<Row, 'cells'>> & { cells?: Partial<Row['cells']> };

/** `nth` counts the rows that are there, around. */
export type Change =
  | { do: 'insert'; row: Row }
  | { do: 'edit'; nth: number; row: Edit }
  | { do: 'delete'; nth: number };

/** One run of a worker, as far as it comes. */
export type Leg = {
  worker: 0 | 1;
  /** Rows a batch. */
  size: number;
  /** After so many batches it pauses, dies before or dies after the COMMIT; left out, it comes to its end. */
  cut?: { batches: number; how: 'pause' | 'before' | 'after' };
  /** A worker whose time is over tries before it. */
  zombie: boolean;
  /** A run of its own, instead of going on with the one before. */
  anew: boolean;
};

/** How a round is gone about: who dies or pauses where, and the rows of a batch of who comes last. */
export type Way = { legs: Leg[]; size: number };

export type Dataset = { spec: Spec; ids: string[]; rounds: (Way & { changes: Change[] })[] };

/** When rows may say that they are of, the earliest first; none counts as earliest. */
export const instants = [
  null,
  '-infinity',
  '2026-01-01 00:00:00+00',
  '2026-01-01 00:00:00.000001+00',
  '2026-01-02 00:00:00+00',
  'infinity',
];
