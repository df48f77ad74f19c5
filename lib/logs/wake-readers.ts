import { sql } from 'kysely';

/** Where RunLog says that lines are there; they are the reader's to fetch. */
export const LINES_CHANNEL = 'kubescribe_logs';

/** Part of a statement that writes lines: it wakes who reads along, once its transaction commits. */
export const wakingReaders = sql`pg_notify(${sql.lit(LINES_CHANNEL)}, '')::text`;
