/** Evidence comes into RunLog: what is new gets its row in `operation_logs`, and every batch that saw it is noted. */
import { sql } from 'kysely';
import type { Json } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { rowIsGone } from '../upkeep/evidence-months.ts';
import { type EvidenceClass, rowOf } from './rows.ts';

/** What a batch saw. */
export type Sighted = {
  /** In hexadecimal. */
  identity: string;
  class: EvidenceClass;
  symbol: string | null;
  ts: string | null;
  detail: Json;
  count: number;
  /** When its batch noted it, by the clock of the report database. */
  noted_at: string;
  run_id: string;
  task: string;
  /** Below zero: the batch was not committed. */
  batch: number;
};

/** Records what batches of a pipeline saw, however often it is told. What RunLog has no run of is recorded without sightings. */
export async function recordEvidence(
  tx: Tx,
  pipeline: string,
  sighted: readonly Sighted[],
  { aborted = false } = {},
): Promise<void> {
  if (sighted.length === 0) return;
  const first = new Map<string, Sighted>();
  for (const one of sighted) if (!first.has(one.identity)) first.set(one.identity, one);
  const made = await newIdentities(tx, [...first.values()]);
  const fresh = made.map(({ identity, ...row }) => ({ ...first.get(identity)!, ...row }));
  for (const [of, rows] of Map.groupBy(fresh, (one) => one.class)) await rowOf[of](tx, pipeline, rows);
  await noteSightings(tx, sighted, aborted);
}

/** A row whose month is gone comes again. Nobody's clock reaches into a month that is not there. */
async function newIdentities(tx: Tx, given: readonly Sighted[]) {
  const seen = given.map(({ identity, class: of, noted_at }) => ({ identity, of, noted_at }));
  const { rows } = await sql<{ identity: string; row_id: number; log_time: string }>`
    insert into evidence_identities as known (identity, class, row_id, log_time)
    select decode(given.identity, 'hex'), given.of,
           nextval(pg_get_serial_sequence('operation_logs.' || given.of, case
             when given.of like '%_conflicts' then 'conflict_id' when given.of = 'upsert_failures' then 'failure_id'
             when given.of = 'concurrency_issues' then 'issue_id' else 'error_id' end)),
           case when to_regclass(format('operation_logs.%I',
                       given.of || to_char(past.at at time zone 'UTC', '_YYYYMM'))) is null then clock()
                else past.at end
      from jsonb_to_recordset(${JSON.stringify(seen)}::jsonb) given (identity text, of text, noted_at timestamptz)
     cross join lateral (select least(given.noted_at, clock())) past (at)
     order by 1
        on conflict (identity) do update set row_id = excluded.row_id, log_time = excluded.log_time, class = excluded.class
     where ${rowIsGone(sql`known`)}
    returning encode(identity, 'hex') as identity, row_id, log_time::text`.execute(tx);
  return rows;
}

async function noteSightings(tx: Tx, sighted: readonly Sighted[], aborted: boolean): Promise<void> {
  const seen = JSON.stringify(
    sighted.map(({ run_id, task, batch, identity, count }) => ({ run_id, task, batch, identity, count })),
  );
  const given = sql`jsonb_to_recordset(${seen}::jsonb)
    given (run_id uuid, task text, batch bigint, identity text, count bigint)`;
  await sql`
    delete from evidence_sightings seen using ${given}
     where seen.run_id = given.run_id and seen.task = given.task and seen.batch = given.batch
       and seen.identity = decode(given.identity, 'hex')`.execute(tx);
  await sql`
    insert into evidence_sightings (run_id, task, batch, identity, count, aborted)
    select run_id, task, batch, decode(identity, 'hex'), count, ${aborted}::boolean
      from ${given} join run_log using (run_id)`.execute(tx);
}
