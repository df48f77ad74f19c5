/** Lines as they are told, on their way out of the table. */
import { sql } from 'kysely';
import type { LogLine } from '../contract/log-line.ts';
import { exactJson } from '../db/exact-json.ts';

/** What is told of a message or its metadata whole; only others than our writer write more. */
const LONGEST = 65_536;
const BEGINNING = 16_384;

export type LineRow = Omit<LogLine, 'metadata'> & { metadata: string | null };

/** A row of `logs` by the alias `log`, as `asLine` takes it. Whoever orders by a column names it with its alias. */
export const lineColumns = sql`
  log.id, log.type, log.job_run_id, log.task_run_id,
  to_char(log.timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as timestamp, log.level, log.stream,
  case when octet_length(log.message) > ${sql.lit(LONGEST)}
       then left(log.message, ${sql.lit(BEGINNING)}) || '… (' || octet_length(log.message) || ' bytes)'
       else log.message end as message,
  case when pg_column_size(log.metadata) > ${sql.lit(LONGEST)}
       then json_build_object('too_long', pg_column_size(log.metadata))::text
       else log.metadata::text end as metadata,
  to_char(log.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at, log.attempt, log.epoch`;

/** About how many bytes a row of `logs` by the alias `log` is when it is told, as SQL. */
export const lineSize = `(
  least(octet_length(log.message), ${LONGEST}) + least(coalesce(pg_column_size(log.metadata), 0), ${LONGEST}))`;

/** Numbers in a JSON text that JavaScript may write otherwise: of many digits, or with a zero behind all others. */
const EXACT = /[\d.]{16}|\.\d*0(?!\d)/;

/** What was read, as it is told. */
export function asLine({ metadata, ...line }: LineRow): LogLine {
  if (metadata === null) return { ...line, metadata };
  // To look at each number takes several times as long.
  return { ...line, metadata: EXACT.test(metadata) ? exactJson(metadata) : JSON.parse(metadata) };
}
