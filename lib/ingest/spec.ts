/** What an ingest is told: where rows come from, what they must be, and where they go. */
import type { provable } from './provable.ts';

export type ColumnType = keyof typeof provable;

/**
 * What becomes of a row that breaks a rule. `reject`: it is not written. `warn`: it is written all the same.
 * `quarantine`: it is not written, and kept whole. `abort`: nothing of its batch is written, and the run ends in ERROR.
 */
export type Policy = 'reject' | 'warn' | 'quarantine' | 'abort';

export type Column = {
  type: ColumnType;
  /** The column's name in the source, where it differs. */
  from?: string;
  /** Rule `null.COLUMN`: it must be there. */
  required?: boolean;
  /** Rule `range.COLUMN`: it must not be less; beyond JavaScript's numbers, and for days and instants, as text. */
  min?: number | string;
  /** Rule `range.COLUMN`: it must not be more. */
  max?: number | string;
  /** Rule `fractional.COLUMN`: it must be a whole number. */
  whole?: boolean;
  /** Rule `regex.COLUMN`: the text must match this regular expression of PostgreSQL, which finds it anywhere. */
  matches?: string;
  /** Rule `oneof.COLUMN`: it must be one of these. */
  in?: readonly (string | number)[];
  /** Rule `foreign.COLUMN`: it must be in this column of a table of the report database. */
  references?: { table: string; column: string };
  /** How its values are kept as evidence: as they are, as asterisks, as a hash that can be compared, or not; default `keep`. */
  stored?: 'keep' | 'mask' | 'hash' | 'drop';
};

/** A rule of one's own. */
type CustomRule = {
  /** SQL over the typed columns that is true for a bad row. */
  reject: string;
  /** What becomes of the row; default: what `onReject` says. */
  policy?: Policy;
};

type OnReject = {
  /** Of every rule that is not named; default `reject`. */
  policy?: Policy;
  /** By name of the rule, such as `range.price`, `rule.mine` or `cast.day`; a cast's `warn` writes no value. */
  per?: Record<string, Policy>;
  /** The share of a batch's rows that may be rejected before the run refuses; the param `maxRejected` goes before. */
  most?: number;
};

type Contract = {
  /** Columns that the source gets: brought too, the run refused, or left where they are; default `discard`. */
  added?: 'evolve' | 'freeze' | 'discard';
  /** Columns brought that are retyped or gone; default: retyped ones are read as ever, a run is refused one that is gone. */
  changed?: 'freeze' | 'discard row' | 'discard value';
};

export type IngestOptions = {
  /** The task's name; default: the table that it writes. */
  name?: string;
  from: {
    /** The source table in production; no view. */
    table: string;
    /** Its unique growing integer. */
    id: string;
    /** Its column that says when the source said it: among rows about one thing the later is believed. */
    receivedAt?: string;
    /** Its column that says who said it. */
    source?: string;
    /** Its column that says when a row is of: a backfill reads ranges of it. */
    time?: string;
    /**
     * A hint that spares windows a scan of the whole source: a column of times with an index that is set whenever a row
     * is written and lies at most so many seconds before its transaction ends; at least what the longest of them takes.
     * Rows that break this are left to `reconcile`.
     */
    lookBack?: { column: string; seconds: number };
  };
  /** The columns to bring, by their names in the target. */
  columns: Record<string, Column>;
  /** Rules of one's own, named `rule.NAME`: SQL over the typed columns that is true for a bad row. */
  rules?: Record<string, string | CustomRule>;
  /** Rules `unique.COLUMNS`: columns that no two things may have alike; whoever comes first has them. */
  unique?: readonly (readonly string[])[];
  /** Columns that make a row one and the same; a row without one of them is rejected. */
  key: readonly string[];
  /** Sources, the most trusted first; a source that is not named is trusted least. */
  sources?: readonly string[];
  /** The target table in the report database. */
  into: string;
  /** What becomes of rows that break rules. */
  onReject?: OnReject;
  /** What becomes of a source whose columns change. */
  contract?: Contract;
  /** The columns that evidence is found by; default: the key's first text and its first instant. */
  about?: { symbol?: string; ts?: string };
  /** Seconds that the source's oldest transaction may hold windows back; beyond, the pipeline counts as degraded; default 900. */
  degradedAfter?: number;
  /** Rows that a batch reads at most; left out, batches grow and shrink towards 5 s each. */
  batchRows?: number;
};

/** Groups of a roll-up that a written row touches: its target, and the group's columns as SQL. */
type Touch = { target: string; by: Record<string, string> };

/** An ingest as it works: nothing is left out, and it knows who summarises what it writes. */
export type IngestSpec = IngestOptions & {
  kind: 'ingest';
  name: string;
  rules: Record<string, CustomRule>;
  unique: readonly (readonly string[])[];
  sources: readonly string[];
  onReject: OnReject;
  contract: Contract;
  touches: readonly Touch[];
  /** Columns that the source no longer has: they are brought as nothing. */
  absent: readonly string[];
};

/** The column of the source that a column is brought from. */
export const givenName = (name: string, { from }: Column): string => from ?? name;
