/** What an ingest is told: where rows come from, what they must be, and where they go. */

export type Column = { type: 'text' | 'numeric' | 'bigint' | 'timestamptz' | 'date' | 'boolean' };

export type IngestSpec = {
  name: string;
  /** The source table in production, its growing id, and its columns of origin. */
  from: { table: string; id: string; receivedAt: string; source: string };
  /** Columns, by name, alike in source (as text) and target (typed). */
  columns: Record<string, Column>;
  /** Rules by name: SQL over the typed columns that is true for a row to be rejected. */
  rules: Record<string, string>;
  key: string[];
  /** Sources, the most trusted first. */
  sources: readonly string[];
  into: string;
  /** Rows of the first batch; later ones grow or shrink towards their aim. Default 50 000. */
  firstBatch?: number;
  /** Groups of a roll-up that a written row touches: its target, and the group's columns as SQL. */
  touches?: { target: string; by: Record<string, string> };
};

/** A quoted identifier; a dot separates schema and name. */
export const ident = (name: string) =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

/** A quoted literal. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
