/** What is remembered of a source's ranges: how both sides were when they were last made equal, and which differ now. */
import type { Client } from 'pg';
import { type IdRange, rangesOf, type Sums } from './id-ranges.ts';

/** Whose ranges: of which pipeline and task. */
export type Owner = { scope: string; task: string };

type Compared = { range: IdRange; source: Sums; target: Sums };

/** The lowest id of each range from one on, `limit` at most, and where the last of them ends. */
export async function rangesFrom(
  report: Client,
  { scope, task }: Owner,
  low: string,
  limit: number,
): Promise<IdRange[]> {
  const { rows } = await report.query<{ low: string }>(
    `select low::text from kubescribe.reconciled
      where scope = $1 and task = $2 and low >= $3 order by kubescribe.reconciled.low limit $4`,
    [scope, task, low, limit + 1],
  );
  const lows = rows.map((row) => row.low);
  return rangesOf(lows.slice(0, limit), lows[limit] ?? null);
}

/** The lowest id of the last range; undefined before there is one. */
export async function lastRange(report: Client, { scope, task }: Owner): Promise<string | undefined> {
  const { rows } = await report.query<{ low: string }>(
    `select low::text from kubescribe.reconciled
      where scope = $1 and task = $2 order by kubescribe.reconciled.low desc limit 1`,
    [scope, task],
  );
  return rows[0]?.low;
}

/** Cuts ranges at these ids; what was cut differs until it is compared. */
export async function cutAt(report: Client, { scope, task }: Owner, lows: readonly string[]): Promise<void> {
  await report.query(
    `insert into kubescribe.reconciled (scope, task, low)
     select $1, $2, low from unnest($3::bigint[]) low on conflict do nothing`,
    [scope, task, lows],
  );
}

/** Notes which ranges are no longer as they were when they were made equal; returns them. */
export async function noteDiffering(
  report: Client,
  { scope, task }: Owner,
  identity: string,
  compared: readonly Compared[],
): Promise<IdRange[]> {
  const { rows } = await report.query<{ low: string }>(
    `update kubescribe.reconciled known set differs = true
       from (${COMPARED}) now
      where known.scope = $1 and known.task = $2 and known.low = now.low
        and (known.differs or
             (known.identity, known.source_rows, known.source_hash, known.target_rows, known.target_hash)
             is distinct from ($3::text, now.source_rows, now.source_hash, now.target_rows, now.target_hash))
     returning known.low::text`,
    [scope, task, identity, ...columnsOf(compared)],
  );
  const differing = new Set(rows.map((row) => row.low));
  return compared.flatMap(({ range }) => (differing.has(range.low) ? [range] : []));
}

/** Notes that ranges were made equal, and how both sides are now. */
export async function noteEqual(
  report: Client,
  { scope, task }: Owner,
  identity: string,
  compared: readonly Compared[],
): Promise<void> {
  await report.query(
    `update kubescribe.reconciled known
        set differs = false, identity = $3, source_rows = now.source_rows, source_hash = now.source_hash,
            target_rows = now.target_rows, target_hash = now.target_hash, checked_at = statement_timestamp()
       from (${COMPARED}) now
      where known.scope = $1 and known.task = $2 and known.low = now.low`,
    [scope, task, identity, ...columnsOf(compared)],
  );
}

const COMPARED = `
  select * from unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
      as now (low, source_rows, source_hash, target_rows, target_hash)`;

const columnsOf = (compared: readonly Compared[]) => [
  compared.map(({ range }) => range.low),
  compared.map(({ source }) => source.rows),
  compared.map(({ source }) => source.hash),
  compared.map(({ target }) => target.rows),
  compared.map(({ target }) => target.hash),
];

/** The first ranges that differ, `limit` at most. */
export async function differingRanges(
  report: Client,
  { scope, task }: Owner,
  limit: number,
): Promise<IdRange[]> {
  const { rows } = await report.query<IdRange>(
    `select low::text, until::text
       from (select low from kubescribe.reconciled
              where scope = $1 and task = $2 and differs order by low limit $3) differing
       left join lateral (
            select min(next.low) as until from kubescribe.reconciled next
             where next.scope = $1 and next.task = $2 and next.low > differing.low) following on true
      order by differing.low`,
    [scope, task, limit],
  );
  return rows;
}
