/** Evidence comes into RunLog: what is new gets its row in `operation_logs`, and every batch that saw it is noted. */
import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';
import { rowIsGone } from '../upkeep/evidence-months.ts';
import { type EvidenceClass, idOf, rowOf } from './rows.ts';

/** What a batch saw. */
export type Sighted = {
  /** In hexadecimal. */
  identity: string;
  class: EvidenceClass;
  symbol: string | null;
  ts: string | null;
  /** JSON as text: numbers of JavaScript would lose digits. */
  detail: string;
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

/** The next number of each class's rows. */
const numbers = sql.raw(
  Object.entries(idOf)
    .map(([of, id]) => `when '${of}' then nextval('operation_logs.${of}_${id}_seq')`)
    .join(' '),
);

/** A row whose month is gone comes again. Nobody's clock reaches into a month that is not there. */
async function newIdentities(tx: Tx, given: readonly Sighted[]) {
  const seen = given.map(({ identity, class: of, noted_at }) => ({ identity, of, noted_at }));
  const { rows } = await sql<{ identity: string; row_id: number; log_time: string }>`
    insert into evidence_identities as known (identity, class, row_id, log_time)
    select decode(given.identity, 'hex'), given.of,
           case given.of ${numbers} end,
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

/** By batch and by array: a join would read all that a run has seen for each part of it. */
async function noteSightings(tx: Tx, sighted: readonly Sighted[], aborted: boolean): Promise<void> {
  const batches = Map.groupBy(sighted, ({ run_id, task, batch }) => `${run_id} ${batch} ${task}`);
  for (const rows of batches.values()) {
    const { run_id, task, batch } = rows[0]!;
    const seen = sql`decode(identity, 'hex')`;
    const identities = sql`array(select ${seen} from unnest(${rows.map((row) => row.identity)}::text[]) identity)`;
    await sql`
      delete from evidence_sightings
       where run_id = ${run_id}::uuid and task = ${task} and batch = ${batch}::bigint
         and identity = any (${identities})`.execute(tx);
    await sql`
      insert into evidence_sightings (run_id, task, batch, identity, count, aborted)
      select run_id, ${task}, ${batch}::bigint, ${seen}, count, ${aborted}::boolean
        from run_log, unnest(${rows.map((row) => row.identity)}::text[], ${rows.map((row) => row.count)}::bigint[])
               as given (identity, count)
       where run_id = ${run_id}::uuid`.execute(tx);
  }
}
