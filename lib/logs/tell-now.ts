/** What comes often is told when it changes, and else seldom; how often it came in between is told along. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import { commitOneReadWrite } from '../db/read-write.ts';
import type { Json } from '../db/tables.ts';

export type ToTell = {
  tell: boolean;
  /** How it was when it last came; null: it never was told. */
  was: Json | null;
  /** How often it came since it was told. */
  untold: number;
};

/** Whether something that came again is to be told: when it is not as it was, or was not told for `every` seconds. */
export async function tellNow(db: Db, what: string, nowIs: Json, every: number): Promise<ToTell> {
  const { rows } = await commitOneReadWrite('tell-now', db, (on) =>
    sql<ToTell>`
      select * from tell_now(${what}, ${JSON.stringify(nowIs)}::jsonb, ${every}::float8 * interval '1 second')`.execute(
      on,
    ),
  );
  return rows[0]!;
}
