/** One step of a purge: a page of one kind, where it has come to, and what was deleted, in one transaction. */
import { sql } from 'kysely';
import type { Client } from 'pg';
import { type Actor, record } from '../audit/record.ts';
import type { Db } from '../db/connect.ts';
import type { Json } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import type { Kind } from './kinds.ts';
import type { Page, Walked } from './walk.ts';

/** In whose name records go, and why. */
export type Purger = Actor & { why?: string | undefined };

export type Step =
  /** There is nothing to do: it was passed through since, or is kept for ever. */
  | { is: 'over' }
  /** Another purge is at it. */
  | { is: 'busy' }
  | { is: 'walked'; looked: number; gone: number; bytes: number; over: boolean };

type Row = { before: string; keep: string; pass: Pass | null };
type Pass = { place: Json | null; gone: number };

/** What waits for a lock makes others wait: a page that cannot be had at once is left to a later step. */
const PATIENCE = sql`
  select set_config('lock_timeout', '200ms', true), set_config('statement_timeout', '5s', true),
         -- A page that a crash takes back is walked again; nobody need wait for the disk.
         set_config('synchronous_commit', 'off', true)`;

/** Walks the next page of a kind unless a pass through it has ended since an instant. */
export async function step(
  tx: Tx,
  kind: Kind,
  {
    since,
    limit,
    purger,
    report,
    archived = false,
  }: { since: string; limit: number; purger: Purger; report?: Client | undefined; archived?: boolean },
): Promise<Step> {
  await PATIENCE.execute(tx);
  const row = await take(tx, kind, since);
  if (!row) return (await isHeld(tx, kind, since)) ? { is: 'busy' } : { is: 'over' };
  const { place = null, gone: before = 0 } = row.pass ?? {};
  const page = { before: row.before, keep: row.keep, place, limit, remove: true, archived };
  const walked = await walk(tx, kind, page, report);
  const gone = before + walked.gone;
  await leave(tx, kind, walked, { row, gone });
  if (walked.place === null && gone > 0) {
    const details = { rows: gone, keep: row.keep, before: row.before };
    await record(tx, purger, { action: 'purge.pass', subject: kind.of, why: purger.why, details });
  }
  const { looked, bytes = 0 } = walked;
  return { is: 'walked', looked, gone: walked.gone, bytes, over: walked.place === null };
}

/** Walks a page of a kind, in whichever database it is. */
export async function walk(db: Db, kind: Kind, page: Page, report: Client | undefined): Promise<Walked> {
  if ('walk' in kind) return kind.walk(db, page);
  if (!report) throw new Error('the report database is not known');
  return kind.walkReport(db, page, report);
}

/** The lock on this row lets one purge at a time work on a kind. */
async function take(tx: Tx, { of }: Kind, since: string): Promise<Row | undefined> {
  const { rows } = await sql<Row>`
    select (clock() - keep)::text as before, keep::text, pass from retention
     where ${isDue(of, since)} for update skip locked`.execute(tx);
  return rows[0];
}

const isDue = (of: string, since: string) =>
  sql`of = ${of} and keep is not null and (passed_at < ${since}::timestamptz or pass is not null)`;

async function isHeld(tx: Tx, { of }: Kind, since: string): Promise<boolean> {
  const { rows } = await sql`select from retention where ${isDue(of, since)}`.execute(tx);
  return rows.length > 0;
}

async function leave(
  tx: Tx,
  { of }: Kind,
  walked: Walked,
  { row, gone }: { row: Row; gone: number },
): Promise<void> {
  const over = walked.place === null;
  const pass = over ? null : JSON.stringify({ place: walked.place, gone });
  await sql`
    update retention
       set pass = ${pass}::jsonb,
           passed_at = case when ${over} then clock() else passed_at end,
           gone_before = case when ${walked.gone > 0} then greatest(gone_before, ${row.before}::timestamptz)
                              else gone_before end
     where of = ${of}`.execute(tx);
}
