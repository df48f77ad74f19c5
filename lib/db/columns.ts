/** Kinds of columns: what is read from them, what may be written. */
import type { ColumnType } from 'kysely';

export type Json = Record<string, unknown>;

export type GeneratedTime = ColumnType<Date, Date | string | undefined, Date | string>;
export type TimeOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
export type OrNull<T> = ColumnType<T | null, T | null | undefined, T | null>;
export type JsonColumn = ColumnType<Json, string | undefined, string>;
export type JsonOrNull = ColumnType<Json | null, string | null | undefined, string | null>;
