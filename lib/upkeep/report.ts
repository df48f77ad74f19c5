/** Commit rows and fences in the report database: what the next claim goes by stays for ever. */
import { sql } from 'kysely';
import type { Client } from 'pg';
import { commitOn } from '../boundary.ts';
import type { Db } from '../db/connect.ts';
import type { Page, Walked } from './walk.ts';

type Candidate = { commit_id: number; scope: string; has_successor: boolean; may_go: boolean };

/** Commit rows in their order, then the fences of runs that nothing is left of. */
export async function walkReport(db: Db, page: Page, report: Client): Promise<Walked> {
  return typeof page.place?.scope === 'string'
    ? walkFences(db, page, report, page.place.scope)
    : walkCommits(db, page, report);
}

/**
 * The last row of a scope and task is its watermark. The one with the highest horizon of a target keeps sources that lag
 * from being read. What RunLog has not yet is shipped first.
 */
async function walkCommits(db: Db, page: Page, report: Client): Promise<Walked> {
  const { rows } = await report.query<Candidate>(
    `select commit_id, scope,
            exists (select from kubescribe.commits next
                     where next.scope = old.scope and next.task = old.task
                       and next.predecessor >= old.commit_id) as has_successor,
            shipped and (target is null or source_identity = '' or exists (
              select from kubescribe.commits higher
               where higher.target = old.target and higher.source_identity = old.source_identity
                 and (higher.horizon, higher.commit_id) > (old.horizon, old.commit_id))) as may_go
       from kubescribe.commits old
      where commit_id > $1 and committed_at < statement_timestamp() - $2::interval
      order by commit_id limit $3`,
    [page.place?.commit ?? 0, page.keep, page.limit],
  );
  const wanted = await runsWanted(
    db,
    page,
    rows.map((row) => row.scope),
  );
  const gone = rows.filter(
    ({ scope, has_successor, may_go }) => may_go && (has_successor || (isOfRun(scope) && !wanted.has(scope))),
  );
  if (page.remove) {
    await deleteIn(
      report,
      'delete from kubescribe.commits where commit_id = any($1::bigint[])',
      gone.map(idOf),
    );
  }
  const place = rows.length < page.limit ? { scope: '' } : { commit: rows.at(-1)!.commit_id };
  return { place, looked: rows.length, gone: gone.length };
}

const idOf = (row: Candidate) => row.commit_id;
const RUN = /^run:([0-9a-f-]{36})$/;
const isOfRun = (scope: string) => RUN.test(scope);

async function walkFences(db: Db, page: Page, report: Client, behind: string): Promise<Walked> {
  const { rows } = await report.query<{ scope: string; committed: boolean }>(
    `select scope, exists (select from kubescribe.commits where commits.scope = fence.scope) as committed
       from kubescribe.fence where scope > $1 and scope like 'run:%' order by scope limit $2`,
    [behind, page.limit],
  );
  const free = rows.filter(({ scope, committed }) => isOfRun(scope) && !committed).map(({ scope }) => scope);
  const wanted = await runsWanted(db, page, free);
  const gone = free.filter((scope) => !wanted.has(scope));
  if (page.remove) {
    await deleteIn(report, 'delete from kubescribe.fence where scope = any($1::text[])', gone);
  }
  const place = rows.length < page.limit ? null : { scope: rows.at(-1)!.scope };
  return { place, looked: rows.length, gone: gone.length };
}

/** Scopes of runs that RunLog has as live, or as ended a short time ago. What it does not know is gone. */
async function runsWanted(db: Db, { before }: Page, scopes: readonly string[]): Promise<Set<string>> {
  const ids = [...new Set(scopes.flatMap((scope) => RUN.exec(scope)?.[1] ?? []))];
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ run_id: string }>`
    select run_id from run_log
     where run_id = any (${ids}::uuid[]) and (status = 'STARTED' or finished_at >= ${before}::timestamptz)
    union
    select run_id from run_requests
     where run_id = any (${ids}::uuid[]) and state in ('waiting', 'live')`.execute(db);
  return new Set(rows.map(({ run_id }) => `run:${run_id}`));
}

/** Deletes from the report database, in a transaction of its own. */
export async function deleteIn(
  report: Client,
  statement: string,
  keys: readonly (string | number)[],
): Promise<void> {
  if (keys.length === 0) return;
  await report.query('begin');
  try {
    await report.query(statement, [keys]);
    await commitOn('purge-report', report);
  } catch (error) {
    await report.query('rollback').catch(() => {});
    throw error;
  }
}
