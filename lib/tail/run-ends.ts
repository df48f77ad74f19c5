/** Which of the runs that are heard are over: asked each second, told when their last lines were heard. */
import { sql } from 'kysely';
import type { Db } from '../db/connect.ts';
import type { RunStatus } from '../db/ledger-tables.ts';

const ASK_EVERY = 1000;
/** How long after its end a run may still say something: its worker hands in the last lines. */
const LAST_WORDS = sql`interval '1 second'`;

type End = { status: RunStatus | null; upTo: number | undefined };

export function runEnds(db: Db) {
  const ends = new Map<string, End>();
  let asked = Number.NEGATIVE_INFINITY;
  return {
    /** Asks how runs are doing, if it is time; before the newest id is looked at, which then is beyond their last lines. */
    async ask(runs: readonly string[]): Promise<void> {
      if (runs.length === 0 || performance.now() - asked < ASK_EVERY) return;
      asked = performance.now();
      for (const [run, status] of await endsOf(db, [...new Set(runs)]))
        if (!ends.has(run)) ends.set(run, { status, upTo: undefined });
    },
    /** Somebody new listens: asks at the next opportunity. */
    askNow(): void {
      asked = Number.NEGATIVE_INFINITY;
    },
    /** Those whose lines were all told, now that lines are told up to a position, and ids are taken up to `newest`. */
    heard(position: number, newest: number): [run: string, status: RunStatus | null][] {
      for (const end of ends.values()) end.upTo ??= newest;
      const over = [...ends].filter(([, { upTo = newest }]) => upTo <= position);
      for (const [run] of over) ends.delete(run);
      return over.map(([run, { status }]) => [run, status]);
    },
  };
}

/** Those that are over, each with how; a request that became no run, and a run that was deleted, ended in no way. */
async function endsOf(db: Db, runs: readonly string[]): Promise<Map<string, RunStatus | null>> {
  const { rows } = await sql<{ run_id: string; status: RunStatus | null }>`/* ends of runs that are heard */
    select asked.run_id, run.status
      from unnest(${[...runs]}::uuid[]) asked (run_id)
      left join run_log run using (run_id)
      left join run_requests request using (run_id)
     where case when run.run_id is null then coalesce(request.state, 'cancelled') not in ('waiting', 'live')
                else run.status <> 'STARTED' and coalesce(run.finished_at < clock() - ${LAST_WORDS}, true) end`.execute(
    db,
  );
  return new Map(rows.map(({ run_id, status }) => [run_id, status]));
}
