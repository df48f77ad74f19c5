/** Evidence comes into RunLog: what is new gets its row in `operation_logs`, and every batch that saw it is noted. */
import { sql } from 'kysely';
import type { Tx } from '../events/outbox.ts';
import { monthIsGone, rowIsGone } from '../upkeep/evidence-months.ts';
import { idOf, rowsOfAll } from './rows.ts';

/** What was seen: passes through as the report database wrote it, with all its digits. */
export type Sights = { seen: Seen; batches: readonly SightedBy[] };

/** The batch that saw it, by the number of its commit. */
export type SightedBy = {
  commit_id: number;
  run_id: string;
  task: string;
  /** Below zero: the batch was not committed. */
  batch: number;
};

/** What a sight has, in its order; `identity` is in hexadecimal, `noted_at` is when its batch noted it by the report database. */
export const sight = {
  commit_id: 'bigint',
  identity: 'text',
  class: 'text',
  symbol: 'text',
  ts: 'timestamptz',
  detail: 'text',
  count: 'bigint',
  noted_at: 'timestamptz',
} as const;

/** Column by column an array, as PostgreSQL writes it or of JavaScript: half the work of reading the same as JSON. */
export type Seen = Record<keyof typeof sight, string | readonly (string | number | null)[]>;

/** Its row's number is the next of its class. */
const numbers = sql.raw(
  Object.entries(idOf)
    .map(([of, id]) => `when '${of}' then nextval('operation_logs.${of}_${id}_seq')`)
    .join(' '),
);

/** A row whose month is gone comes again. Nobody's clock reaches into a month that is not there. */
const fresh = sql`
  insert into evidence_identities as known (identity, class, row_id, log_time)
  select identity, class, case class ${numbers} end, log_time
    from first join months using (class, noted_at)
   where identity not in (select identity from known join standing using (class, log_time))
   order by identity
      on conflict (identity) do update set row_id = excluded.row_id, log_time = excluded.log_time, class = excluded.class
   where ${rowIsGone(sql`known`)}
  returning identity, row_id, log_time`;

const arraysOf = (seen: Seen) =>
  Object.entries(sight).map(([name, type]) => sql`${seen[name as keyof Seen]}::${sql.raw(type)}[]`);

/**
 * Records what batches of a pipeline saw, by one statement, however often it is told: what a batch saw never changes. What
 * RunLog has no run of is recorded without sightings.
 */
export async function recordEvidence(
  tx: Tx,
  pipeline: string,
  { seen, batches }: Sights,
  { aborted = false } = {},
): Promise<void> {
  await sql`
    with by as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(batches)}::jsonb)
               by (commit_id bigint, run_id uuid, task text, batch bigint)),
    given as materialized (
      select by.*, decode(hex, 'hex') as identity, class, symbol, ts, detail::jsonb as detail, count, noted_at
        from unnest(${sql.join(arraysOf(seen))}) seen (commit_id, hex, class, symbol, ts, detail, count, noted_at)
        join by using (commit_id)),
    first as materialized (select distinct on (identity) * from given order by identity, commit_id),
    months as materialized (
      select class, noted_at, case when ${monthIsGone(sql`class`, sql`past.at`)} then now.at else past.at end as log_time
        from (select distinct class, noted_at from first) noted cross join (select clock()) now (at)
       cross join lateral (select least(noted_at, now.at)) past (at)),
    known as materialized (
      select identity, known.class, known.log_time from first join evidence_identities known using (identity)),
    standing as materialized (
      select class, log_time from (select distinct class, log_time from known offset 0) known where not ${rowIsGone(sql`known`)}),
    fresh as (${fresh}),
    new as materialized (select first.*, ${pipeline}::text as pipeline, row_id, log_time from fresh join first using (identity)),
    ${rowsOfAll}
    insert into evidence_sightings (run_id, task, batch, identity, count, aborted)
    select run_id, task, batch, identity, count, ${aborted}::boolean
      from given where run_id in (select run_id from run_log join by using (run_id))
        on conflict do nothing`.execute(tx);
}
