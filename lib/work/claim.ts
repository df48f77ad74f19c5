/** The right to work on a run: taken from nobody, kept by renewing, lost by being late. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { Work } from '../db/tables.ts';
import { emitting, hearing, markHeard, type Tx } from '../events/outbox.ts';
import { buryDead, openSlice, type Worker } from './evidence.ts';
import { DEATHS, LEASE_INTERVAL } from './numbers.ts';

/** Work as its claim found it: when the lease of a worker that died on it was over, or null. */
export type Claimed = Work & { expired_at: Date | null };

/** The epoch is no longer the work's: whoever holds this must write nothing more. */
export class LeaseLost extends Error {}

/**
 * Takes the work at a checkpoint, were its lease free or expired; an expired one counts a death. One statement. With `job`
 * it is taken for a Job's pod, which has the seconds `pending` to take it over.
 */
export async function claim(
  db: Db,
  runId: string,
  checkpoint: number,
  worker: Worker = {},
  job?: { pending: number },
): Promise<Claimed | undefined> {
  const epoch = job ? sql`before.next_epoch` : sql`nextval('epochs')`;
  const lease = job
    ? sql`${job.pending}::float8 * interval '1 second'`
    : sql`${sql.lit(LEASE_INTERVAL)}::interval`;
  const { rows } = await sql<Claimed>`${sql.raw(job ? '/* claim for a job */' : '/* claim */')}
    with before as (
      select epoch as previous_epoch, lease_until as expired_at${job ? sql`, nextval('epochs') as next_epoch` : sql``}
        from run_work where run_id = ${runId}::uuid),
    taken as (
      update run_work w
         set epoch = ${epoch}, job_epoch = ${job ? epoch : sql`null`}, lease_until = clock() + ${lease}, wake_at = null,
             deaths = w.deaths + (w.lease_until is not null)::int
        from before
       where w.run_id = ${runId}::uuid and w.checkpoint = ${checkpoint}::int
         -- What a Job left without a word is the sweep's: it asks the cluster first.
         and (w.lease_until is null or w.lease_until <= clock() and w.job_epoch is null)
         and w.deaths + (w.lease_until is not null)::int < ${sql.lit(DEATHS)}
         and (w.wake_at is null or w.wake_at <= clock())
      returning w.*, before.previous_epoch, before.expired_at),
    died as (${buryDead()}),
    opened as (${openSlice(worker)}),
    -- The claim is what the calls for this work wait for.
    heard as (${hearing(sql`taken`, sql`${runId}::uuid`, sql`taken.checkpoint`)}),
    started as (${started})
    select * from taken`.execute(db);
  return rows[0];
}

const started = emitting({
  name: 'run.started',
  by: 'run-pipeline',
  from: sql`taken where previous_epoch = 0`,
  pipeline: sql`pipeline`,
  runId: sql`run_id`,
  checkpoint: sql`0`,
  epoch: sql`epoch`,
  data: sql`jsonb_build_object('run_id', run_id, 'pipeline', pipeline)`,
});

/**
 * Why a claim took nothing. `behind`: the event is over. `asleep`: its hour has not come. `doomed`: `sweep` ends it.
 * `held`: another worker has it, and may crash. `in-job`: a Job has it, to which the sweep sees. `early`: RunLog is older than the event, or changed in between.
 */
export type Standing = 'behind' | 'asleep' | 'doomed' | 'held' | 'in-job' | 'early';

/** The second read, which decides the answer when the claim took nothing; what is behind us is marked as heard. */
export async function standing(tx: Tx, runId: string, checkpoint: number): Promise<Standing> {
  const { rows } = await sql<{ standing: Standing }>`
    select case
             when checkpoint > ${checkpoint} then 'behind'
             when checkpoint < ${checkpoint} then 'early'
             when wake_at > clock() then 'asleep'
             when lease_until is not null and job_epoch is not null then 'in-job'
             when lease_until > clock() then 'held'
             when deaths + (lease_until is not null)::int >= ${DEATHS} then 'doomed'
             else 'early'
           end as standing
      from run_work where run_id = ${runId}`.execute(tx);
  const found = rows[0]?.standing ?? 'behind';
  if (found === 'behind') await markHeard(tx, runId, checkpoint);
  return found;
}

/** Renews the lease of an epoch that was not released; throws LeaseLost when it is no longer ours. */
export async function renew(tx: Tx, runId: string, epoch: number): Promise<void> {
  const { numAffectedRows } = await sql`
    update run_work set lease_until = clock() + ${LEASE_INTERVAL}::interval
     where run_id = ${runId} and epoch = ${epoch} and lease_until is not null`.execute(tx);
  if (!numAffectedRows) throw new LeaseLost('the lease was taken or released');
}

/** Renews after the fence was raised: the report database is there, whatever kept the work from it is over. */
export async function renewEntered(tx: Tx, runId: string, epoch: number): Promise<void> {
  await renew(tx, runId, epoch);
  await tx
    .updateTable('run_work')
    .set({ blocked_since: null, blocked_why: null, blocked_told: false })
    .where('run_id', '=', runId)
    .execute();
}

/** Checks and locks the epoch: the last statement of every transaction that writes for a run. */
export async function demandEpoch(tx: Tx, runId: string, epoch: number): Promise<void> {
  const { rows } = await sql`
    select from run_work where run_id = ${runId} and epoch = ${epoch} and lease_until is not null for update
  `.execute(tx);
  if (rows.length === 0) throw new LeaseLost('the lease was taken or released');
}

/** What a worker looks at while it works; its task is late from an instant of RunLog's on. */
export async function lookAt(db: Db, runId: string, epoch: number, lateFrom: Date | undefined) {
  return db
    .selectFrom('run_work')
    .select(['cancel_at', 'cancel_by', 'cancel_why', sql<boolean>`deadline <= clock()`.as('overdue')])
    .select(sql<boolean | null>`${lateFrom ?? null}::timestamptz <= clock()`.as('late'))
    .select((of) =>
      of
        .selectFrom('pipelines')
        .select('log_level')
        .whereRef('pipelines.name', '=', 'run_work.pipeline')
        .as('log_level'),
    )
    .where('run_id', '=', runId)
    .where('epoch', '=', epoch)
    .executeTakeFirst();
}

/** Notes, before the first contact, that this run may have left something in the report database. */
export async function markTouched(tx: Tx, runId: string, epoch: number): Promise<void> {
  const { numAffectedRows } = await sql`
    update run_work set touched = true
     where run_id = ${runId} and epoch = ${epoch} and lease_until is not null`.execute(tx);
  if (!numAffectedRows) throw new LeaseLost('the lease was taken or released');
}
