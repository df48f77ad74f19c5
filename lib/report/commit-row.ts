/** The commit row: written with its batch in one transaction of the report database, it is the watermark. */
import type { Client } from 'pg';
import { commitOn } from '../boundary.ts';
import { Aborted } from './aborted.ts';
import { type Books, emptyBooks } from './books.ts';
import { demandFence } from './fence.ts';
import { takeTurn } from './turn.ts';

/** What a batch did: which part of which window, and its books. */
export type Batch = {
  sourceIdentity: string;
  previousHorizon: string;
  horizon: string;
  /** As text: ids may leave the integers that are safe in JavaScript. */
  lastId: string;
  closed: boolean;
  books: Books;
  /** The source's own time when the horizon was taken, and when the previous one was; as PostgreSQL writes it. */
  asOf?: string | null;
  since?: string | null;
  /** Below this every transaction had begun when the horizon was taken. */
  seen?: string | null;
  /** Seconds that the horizon lay behind the source's time, at most; and whether that was too much. */
  lag?: number | null;
  degraded?: boolean;
  /** The last wish to read everything again that was carried out. */
  reset?: string | null;
};

export type CommitRow = Batch & { commitId: number; batch: number; runId: string };

/** The scope and task whose watermark a batch moves, and by which right. */
export type Place = { scope: string; task: string; runId: string; epoch: number };

/**
 * Does a batch inside its transaction; `commitId` is the number that its rows carry as their origin. What it does not
 * say of its batch is that of one without a window.
 */
export type BatchWork = (client: Client, commitId: number) => Promise<Partial<Batch>>;

const withoutWindow = {
  sourceIdentity: '',
  previousHorizon: '0',
  horizon: '0',
  lastId: '0',
  closed: true,
};

type StoredCommit = {
  commit_id: number;
  batch: number;
  run_id: string;
  source_identity: string;
  previous_horizon: string;
  horizon: string;
  last_id: string;
  closed: boolean;
  books: Books;
  as_of: string | null;
  since: string | null;
  seen: string | null;
  lag: number | null;
  degraded: boolean;
  reset: string | null;
};

/** The last commit row of a scope and task. */
export async function readWatermark(
  client: Client,
  scope: string,
  task: string,
): Promise<CommitRow | undefined> {
  const { rows } = await client.query<StoredCommit>(
    `select commit_id, batch, run_id, source_identity, previous_horizon::text, horizon::text, last_id::text,
            closed, books, as_of::text, since::text, seen::text, lag, degraded, reset
       from kubescribe.commits where scope = $1 and task = $2 order by commit_id desc limit 1`,
    [scope, task],
  );
  const [row] = rows;
  return (
    row && {
      commitId: row.commit_id,
      batch: row.batch,
      runId: row.run_id,
      sourceIdentity: row.source_identity,
      previousHorizon: row.previous_horizon,
      horizon: row.horizon,
      lastId: row.last_id,
      closed: row.closed,
      books: row.books,
      asOf: row.as_of,
      since: row.since,
      seen: row.seen,
      lag: row.lag,
      degraded: row.degraded,
      reset: row.reset,
    }
  );
}

/** The highest horizon that batches of a target have committed from a source, whatever their scope; null before any. */
export async function newestHorizon(client: Client, target: string, source: string): Promise<string | null> {
  const { rows } = await client.query<{ newest: string | null }>(
    'select max(horizon)::text as newest from kubescribe.commits where target = $1 and source_identity = $2',
    [target, source],
  );
  return rows[0]!.newest;
}

/** Is told of a batch that is not to be committed, while what it did can still be read. */
export type BeforeUndoing = (commitId: number, books: Books) => Promise<void>;

/** One batch: the turn of its target, its work, its commit row, and the fence last of all. */
export async function commitBatch(
  client: Client,
  place: Place,
  predecessor: CommitRow | undefined,
  target: string,
  work: BatchWork,
  beforeUndoing: BeforeUndoing = async () => {},
): Promise<CommitRow> {
  await client.query('begin');
  let commitId = 0;
  try {
    await takeTurn(client, target);
    commitId = await nextCommitId(client);
    const done = { ...withoutWindow, books: emptyBooks(), ...(await work(client, commitId)) };
    const batch = predecessor?.runId === place.runId ? predecessor.batch + 1 : 1;
    const row = { ...done, commitId, batch, runId: place.runId };
    await insertCommit(client, { ...place, target }, row, predecessor?.commitId ?? 0);
    await demandFence(client, place.scope, place.epoch);
    await commitOn('batch', client);
    return row;
  } catch (error) {
    try {
      if (error instanceof Aborted) await beforeUndoing(commitId, error.books);
    } finally {
      await client.query('rollback').catch(() => {});
    }
    throw error instanceof Aborted ? error.refusal : error;
  }
}

/** The number of a batch that begins; one that is rolled back leaves it unused. */
export async function nextCommitId(client: Client): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('kubescribe.commits', 'commit_id')) as id`,
  );
  return rows[0]!.id;
}

async function insertCommit(
  client: Client,
  place: Place & { target: string },
  row: CommitRow,
  predecessor: number,
): Promise<void> {
  await client.query(
    `insert into kubescribe.commits
       (commit_id, scope, task, predecessor, run_id, batch, source_identity,
        previous_horizon, horizon, last_id, closed, books, target, as_of, since, seen, lag, degraded, reset)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
    [
      row.commitId,
      place.scope,
      place.task,
      predecessor,
      place.runId,
      row.batch,
      row.sourceIdentity,
      row.previousHorizon,
      row.horizon,
      row.lastId,
      row.closed,
      JSON.stringify(row.books),
      place.target,
      row.asOf ?? null,
      row.since ?? null,
      row.seen ?? null,
      row.lag ?? null,
      row.degraded ?? false,
      row.reset ?? null,
    ],
  );
}
