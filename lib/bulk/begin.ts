/** A wish about many runs, written down before anything is done: with a key, who asks again goes on with the same runs. */
import { sql } from 'kysely';
import { type Actor, record } from '../audit/record.ts';
import { commit } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Tx } from '../events/outbox.ts';
import type { RunFilter } from '../ledger/run-filter.ts';
import { KeyReused, type Question } from '../requests/asked-once.ts';
import { randomRunId, runIdOf } from '../requests/run-id.ts';
import type { Subject } from './select.ts';

export type Bulk = { id: string; subjects: Subject[]; told: string | undefined };

/** The id of a key's bulk: what it asks for has the same ids whoever goes on with it. */
const idOf = (question: Question | undefined) => (question ? runIdOf('bulk', question.key) : randomRunId());

/** What was begun under the key before; undefined: nothing. */
export async function findBulk(db: Db | Tx, question: Question): Promise<Bulk | undefined> {
  const row = await db
    .selectFrom('first_answers')
    .select(['question', 'subjects', 'body'])
    .where('idempotency_key', '=', question.key)
    .executeTakeFirst();
  if (!row) return undefined;
  if (row.question !== question.digest || !row.subjects)
    throw new KeyReused('This Idempotency-Key was used for another request.');
  const { rows } = await sql<Subject>`
    select run_id, pipeline from run_requests join unnest(${row.subjects}::uuid[]) with ordinality as wanted (run_id, n)
     using (run_id) order by n`.execute(db);
  return { id: idOf(question), subjects: rows, told: row.body ?? undefined };
}

export type BulkWish = {
  action: 'runs.cancel' | 'runs.replay';
  filter: RunFilter;
  why: string;
  actor: Actor;
  question: Question | undefined;
};

/** Records the wish; when somebody was faster with the key, the runs are those that he found. */
export async function beginBulk(db: Db, subjects: Subject[], wish: BulkWish): Promise<Bulk> {
  const { action, filter, why, actor, question } = wish;
  const id = idOf(question);
  return commit('bulk', db, async (tx) => {
    if (question && !(await keepSubjects(tx, question, subjects))) return (await findBulk(tx, question))!;
    const details = { count: subjects.length, filter: JSON.parse(JSON.stringify(filter)) };
    await record(tx, actor, { action, subject: id, why, details });
    return { id, subjects, told: undefined };
  });
}

/** It lives as long as the newest of its runs. */
async function keepSubjects(tx: Tx, { key, digest }: Question, subjects: Subject[]): Promise<boolean> {
  const ids = subjects.map(({ run_id }) => run_id);
  const { numAffectedRows = 0n } = await sql`
    insert into first_answers (idempotency_key, question, run_id, subjects)
    select ${key}, ${digest}, run_id, ${ids}::uuid[]
      from run_requests where run_id = any (${ids}::uuid[]) order by ordinal desc limit 1
    on conflict (idempotency_key) do nothing`.execute(tx);
  return numAffectedRows > 0n;
}

/** Keeps what is told at the end; whoever was first is who is heard. */
export async function endBulk(db: Db, { key }: Question, body: string): Promise<string> {
  return commit('bulk-end', db, async (tx) => {
    await tx
      .updateTable('first_answers')
      .set({ status: 200, body })
      .where('idempotency_key', '=', key)
      .where('status', 'is', null)
      .execute();
    const kept = await tx
      .selectFrom('first_answers')
      .select('body')
      .where('idempotency_key', '=', key)
      .executeTakeFirst();
    return kept?.body ?? body;
  });
}
