import type { Db } from '../db/connect.ts';

/** Dead letters, the newest first, those before a cursor. */
export async function listDeadLetters(db: Db, limit: number, before?: number) {
  let query = db
    .selectFrom('dead_letters')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (before !== undefined) query = query.where('id', '<', before);
  const rows = await query.execute();
  return { letters: rows.slice(0, limit), next: rows.length > limit ? rows[limit - 1]!.id : undefined };
}

/** One dead letter. */
export function findDeadLetter(db: Db, id: number) {
  return db.selectFrom('dead_letters').selectAll().where('id', '=', id).executeTakeFirst();
}
