/** A question asked twice under one key is answered once: whoever repeats it is told what was told the first time. */
import { createHash } from 'node:crypto';
import type { Db } from '../db/connect.ts';
import type { Tx } from '../events/outbox.ts';

/** What is asked, as a digest, under a key of the asker's choice. */
export type Question = { key: string; digest: string };

/** `body` is JSON: what was asked for or, of a refusal (4xx), its problem. */
export type FirstAnswer = { status: number; location: string | null; body: string };

/** The key was used before for something else. */
export class KeyReused extends Error {}

/** The question of a key; the order of members is no part of it. */
export function questionOf(key: string, asked: object): Question {
  return { key, digest: createHash('sha256').update(JSON.stringify(asked, inOrder)).digest('hex') };
}

const inOrder = (_name: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** What was told the first time, of which run; undefined when the question is new. */
export async function findFirstAnswer(
  db: Db | Tx,
  question: Question,
): Promise<(FirstAnswer & { run_id: string | null }) | undefined> {
  const known = await db
    .selectFrom('first_answers')
    .select(['question', 'run_id', 'status', 'location', 'body'])
    .where('idempotency_key', '=', question.key)
    .executeTakeFirst();
  if (!known) return undefined;
  if (known.question !== question.digest)
    throw new KeyReused('This Idempotency-Key was used for another request.');
  const { run_id, status, location, body } = known;
  return status === null || body === null ? undefined : { run_id, status, location, body };
}

/** Keeps what is told, in the transaction that does what was asked for. */
export async function keepFirstAnswer(
  tx: Tx,
  { key, digest }: Question,
  of: { run_id: string } | { backfill_id: string },
  answer: FirstAnswer,
): Promise<void> {
  await tx
    .insertInto('first_answers')
    .values({ idempotency_key: key, question: digest, ...of, ...answer })
    .execute();
}
