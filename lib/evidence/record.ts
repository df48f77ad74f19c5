/** Evidence comes into RunLog: what is new gets its row in `operation_logs`, and every batch that saw it is noted. */
import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';
import { rowIsGone } from '../upkeep/evidence-months.ts';
import { type EvidenceClass, idOf, rowsOfAll } from './rows.ts';

/** What was seen, as JSON: an array of `Seen`. It passes through as the report database wrote it, with all its digits. */
export type Sights = { rows: string; batches: readonly SightedBy[] };

/** The batch that saw it, by the number of its commit. */
export type SightedBy = {
  commit_id: number;
  run_id: string;
  task: string;
  /** Below zero: the batch was not committed. */
  batch: number;
};

/** One sight as JSON has it. */
export type Seen = {
  commit_id: number;
  /** In hexadecimal. */
  identity: string;
  class: EvidenceClass;
  symbol: string | null;
  ts: string | null;
  detail: object;
  count: number;
  /** When its batch noted it, by the clock of the report database. */
  noted_at: string;
};

/** Its row's number is the next of its class. */
const numbers = Object.entries(idOf)
  .map(([of, id]) => `when '${of}' then nextval('operation_logs.${of}_${id}_seq')`)
  .join(' ');

/** A row whose month is gone comes again. Nobody's clock reaches into a month that is not there. */
const fresh = sql`
  insert into evidence_identities as known (identity, class, row_id, log_time)
  select identity, class, case class ${sql.raw(numbers)} end,
         case when to_regclass(format('operation_logs.%I',
                     class || to_char(past.at at time zone 'UTC', '_YYYYMM'))) is null then now.at
              else past.at end
    from first cross join (select clock()) now (at)
   cross join lateral (select least(noted_at, now.at)) past (at)
   order by identity
      on conflict (identity) do update set row_id = excluded.row_id, log_time = excluded.log_time, class = excluded.class
   where ${rowIsGone(sql`known`)}
  returning identity, row_id, log_time`;

/**
 * Records what batches of a pipeline saw, by one statement, however often it is told: what a batch saw never changes. What
 * RunLog has no run of is recorded without sightings.
 */
export async function recordEvidence(
  tx: Tx,
  pipeline: string,
  { rows, batches }: Sights,
  { aborted = false } = {},
): Promise<void> {
  await sql`
    with by as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(batches)}::jsonb)
               by (commit_id bigint, run_id uuid, task text, batch bigint)),
    given as materialized (
      select by.*, decode(hex, 'hex') as identity, class, symbol, ts, detail, count, noted_at
        from (select commit_id, identity as hex, class, symbol, ts, detail, count, noted_at
                from json_to_recordset(${rows}::json) seen
                     (commit_id bigint, identity text, class text, symbol text, ts timestamptz, detail jsonb,
                      count bigint, noted_at timestamptz)) seen
        join by using (commit_id)),
    first as materialized (select distinct on (identity) * from given order by identity, commit_id),
    fresh as (${fresh}),
    new as materialized (select first.*, ${pipeline}::text as pipeline, row_id, log_time from fresh join first using (identity)),
    ${rowsOfAll}
    insert into evidence_sightings (run_id, task, batch, identity, count, aborted)
    select run_id, task, batch, identity, count, ${aborted}::boolean
      from given where run_id in (select run_id from run_log join by using (run_id))
        on conflict do nothing`.execute(tx);
}
