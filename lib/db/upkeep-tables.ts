/** How long records are kept, and how large their tables are. */
import type { ColumnType } from 'kysely';
import type { GeneratedTime, JsonOrNull, OrNull, TimeOrNull } from './columns.ts';

/** Whole days, as text. */
type Days = ColumnType<string, string, string>;

export type RetentionTable = {
  of: string;
  keep: ColumnType<string | null, string | null, string | null>;
  least: Days;
  most: OrNull<string>;
  forced: ColumnType<boolean, boolean | undefined, boolean>;
  gone_before: TimeOrNull;
  pass: JsonOrNull;
  passed_at: GeneratedTime;
};

export type TableSizesTable = { table_name: string; day: string; bytes: number; rows: number | null };
export type TableLimitsTable = { table_name: string; bytes: number };
