/** Events leave by a row that is written with what they tell; it is done when their consumer has done its part. */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { RunLog } from '../db/tables.ts';
import { type EventData, type EventName, typeOf } from './event-types.ts';

export type Tx = Transaction<RunLog>;

export type NewEvent<N extends EventName = EventName> = {
  name: N;
  /** The function that tells. */
  by: string;
  /** `<pipeline>/<run_id>`, or what else the event is about. */
  subject: string;
  data: EventData<N>;
  runId?: string;
  checkpoint?: number;
  epoch?: number;
  extensions?: Record<string, string | number | boolean>;
  dueAt?: Date | undefined;
};

/** Within one epoch a run's events rank so; a later epoch ranks above. */
const rank = (name: EventName) =>
  name === 'run.requested'
    ? 0
    : name === 'run.started'
      ? 1
      : name === 'run.continue'
        ? 2
        : name === 'run.blocked'
          ? 3
          : 9;

/** Writes an event into the outbox. The same event twice stays one. */
export async function emit<N extends EventName>(tx: Tx, event: NewEvent<N>): Promise<void> {
  await emitAll(tx, [event]);
}

/** The same for many of a kind, in one statement. */
export async function emitAll<N extends EventName>(tx: Tx, events: readonly NewEvent<N>[]): Promise<void> {
  if (events.length === 0) return;
  await tx
    .insertInto('outbox')
    .values(events.map(rowOf))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

function rowOf<N extends EventName>(event: NewEvent<N>) {
  const ofRun = event.runId ? [event.checkpoint ?? 0, event.epoch ?? 0] : [];
  const extensions = {
    ...(event.runId && { sequence: (event.epoch ?? 0) * 10 + rank(event.name) }),
    ...event.extensions,
  };
  return {
    id: [event.subject, event.name, ...ofRun].join(':'),
    type: typeOf(event.name),
    source: `/kubescribe/${event.by}`,
    subject: event.subject,
    run_id: event.runId ?? null,
    checkpoint: event.checkpoint ?? null,
    extensions: JSON.stringify(extensions),
    data: JSON.stringify(event.data),
    due_at: event.dueAt ?? sql<Date>`clock()`,
  };
}

type Sql = RawBuilder<unknown>;

export type EventOfRun = {
  name: EventName;
  by: string;
  /** What names one row for each event. */
  from: Sql;
  pipeline: Sql;
  runId: Sql;
  checkpoint: Sql;
  epoch: Sql;
  data: Sql;
  extensions?: Sql;
};

/** The same as `emit`, of a run, as a part of a statement which knows what it tells only while it runs. */
export function emitting(event: EventOfRun): Sql {
  const { name, by, from, pipeline, runId, checkpoint, epoch, data } = event;
  const sequence = sql`jsonb_build_object('sequence', ${epoch} * 10 + ${sql.lit(rank(name))})`;
  const extensions = event.extensions ? sql`${sequence} || ${event.extensions}` : sequence;
  const subject = sql`${pipeline} || '/' || ${runId}`;
  return sql`
    insert into outbox (id, type, source, subject, run_id, checkpoint, extensions, data)
    select concat_ws(':', ${subject}, ${sql.lit(name)}, ${checkpoint}, ${epoch}), ${sql.lit(typeOf(name))},
           ${sql.lit(`/kubescribe/${by}`)}, ${subject}, ${runId}, ${checkpoint}, ${extensions}, ${data}
      from ${from}
    on conflict (id) do nothing`;
}

/**
 * The same as `markHeard`, as a part of a statement: of a run when `from` has its row. The planner seeks by an id
 * that it is given, and would walk through all that is open by one that it has to find.
 */
export const hearing = (from: Sql, runId: Sql, upTo?: Sql): Sql => sql`
    update outbox set done_at = clock() from ${from}
     where outbox.run_id = ${runId} and outbox.done_at is null
       and outbox.type in (${sql.lit(typeOf('run.requested'))}, ${sql.lit(typeOf('run.continue'))})
       ${upTo ? sql`and outbox.checkpoint <= ${upTo}` : sql``}`;

/** Says that the consumer has done its part; false when that was said before, or the row is gone. */
export async function markDone(tx: Tx, id: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('outbox')
    .set({ done_at: sql<Date>`clock()` })
    .where('id', '=', id)
    .where('done_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What calls for work on a run is answered: by a claim up to its checkpoint, by the run's end altogether. */
export async function markHeard(tx: Tx, runId: string, upTo?: number): Promise<void> {
  let calls = tx
    .updateTable('outbox')
    .set({ done_at: sql<Date>`clock()` })
    .where('run_id', '=', runId)
    .where('type', 'in', [typeOf('run.requested'), typeOf('run.continue')])
    .where('done_at', 'is', null);
  if (upTo !== undefined) calls = calls.where('checkpoint', '<=', upTo);
  await calls.execute();
}

/** What a Broker took whose memory is gone counts as never sent. */
export async function forgetSends(tx: Tx): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ sent_at: null })
    .where('done_at', 'is', null)
    .where('sent_at', 'is not', null)
    .execute();
}

const PRUNE = 1000;

/** Deletes old rows that are done, a few at a time: an event that comes again meanwhile is known. */
export async function pruneOutbox(tx: Tx): Promise<void> {
  await sql`
    delete from outbox where id in (
      select id from outbox
       where done_at < (select clock() - keep from retention where of = 'outbox') order by done_at limit ${PRUNE})
  `.execute(tx);
}
