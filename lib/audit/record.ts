/** Interventions are recorded by the transaction that makes them: neither is ever there without the other. */
import { type RawBuilder, sql } from 'kysely';
import type { Json } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Caller } from '../http/caller.ts';
import { sayChanged } from '../logs/saying.ts';
import { clean, cleanDetails } from './clean.ts';

export type Intervention = {
  action: `${string}.${string}`;
  /** What it was done to: a run's id, a pipeline's name, … */
  subject: string;
  why?: string | undefined;
  /** Never values of rows. */
  details?: Json;
};

/** Who intervenes, and from where. */
export type Actor = Pick<Caller, 'by' | 'from'>;

/** What happens without anybody's wish. */
export const BY_ITSELF: Actor = { by: 'KubeScribe', from: 'itself' };

/** Writes an intervention down; rolled back with what it records. */
export async function record(
  tx: Tx,
  { by, from }: Actor,
  { action, subject, why, details = {} }: Intervention,
): Promise<void> {
  await tx
    .insertInto('audit')
    .values({
      actor: clean(by),
      came_from: clean(from),
      action,
      subject: clean(subject),
      why: why && clean(why),
      details: cleanDetails(details),
    })
    .execute();
  if (CONFIGURATION.has(action))
    await sayChanged(tx, { setting: action, subject: clean(subject), by: clean(by) });
}

/** Interventions that change how things are from then on. */
const CONFIGURATION: ReadonlySet<string> = new Set<Intervention['action']>([
  'schedule.override',
  'schedule.reset',
  'schedule.declare',
  'pipeline.log-level',
  'retention.set',
  'retention.limit',
]);

const hashed = (params: RawBuilder<unknown>) =>
  sql`encode(sha256(convert_to(${params}::text, 'UTF8')), 'hex')`;

/**
 * The same for people's wishes for runs, as a part of the statement that knows them, a row each. Params may be about
 * somebody and outlive their run here: their hash still proves which they were.
 */
export const recordingWish = (
  requests: RawBuilder<unknown>,
  { by, from }: Actor,
  why: string | undefined,
): RawBuilder<unknown> => sql`
  insert into audit (actor, came_from, action, subject, why, details)
  select ${clean(by)}::text, ${clean(from)}::text,
         case when replay_of is null then 'run.trigger' when resume_from is null then 'run.replay'
              else 'run.resume' end,
         run_id, ${why ? clean(why) : null}::text,
         jsonb_strip_nulls(jsonb_build_object(
           'pipeline', pipeline, 'again', replay_of, 'task', resume_from,
           'params_sha256', ${hashed(sql`params`)}))
    from ${requests}`;

/** What `params_sha256` is: of params as the database writes jsonb. */
export async function hashOfParams(tx: Tx, params: Json): Promise<string> {
  const { rows } = await sql<{ hash: string }>`
    select ${hashed(sql`${JSON.stringify(params)}::jsonb`)} as hash`.execute(tx);
  return rows[0]!.hash;
}
