/** How the rows of the operation logs are shown. */
import { type RawBuilder, sql } from 'kysely';
import { type LogClassName, logClass } from './classes.ts';

/** Batches whose sightings of a row are summed. */
const SEEN_IN = 1000;

/** A row of a class, by the alias `log`, as JSON. */
export function shownLog(name: LogClassName): RawBuilder<unknown> {
  const { id, columns } = logClass(name);
  const members = [id, ...columns].map((column) => sql`${sql.lit(column)}, ${memberSql(column)}`);
  const times = sql`(
    select coalesce(sum(count), 0) from (
      select count from evidence_sightings seen where seen.identity = log.identity limit ${SEEN_IN}) seen)`;
  const seen = name === 'backup_logs' ? [] : [sql`'sightings', ${times}`];
  return sql`jsonb_build_object(${sql.join([...members, ...seen])})`;
}

const INSTANTS = ['ts', 'log_time', 'started_at', 'completed_at'];

function memberSql(column: string): RawBuilder<unknown> {
  const value = sql`log.${sql.id(column)}`;
  if (column === 'identity') return sql`encode(${value}, 'hex')`;
  if (!INSTANTS.includes(column)) return value;
  // RFC 3339 knows no others; the row's own values have them.
  return sql`case when ${value} between '0001-01-01Z' and '9999-12-31 23:59:59.999Z' then to_char(${value} at time zone 'UTC', 'FMYYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end`;
}
