import { type RawBuilder, sql } from 'kysely';

/** A time in JSON that SQL builds, as JavaScript writes it. */
export const jsonInstant = (time: RawBuilder<unknown>): RawBuilder<string> =>
  sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
