/** The report database (blueprint §7): fence, watermark, commit rows and the evidence that waits to be shipped. */
import { brokenByLanding } from './properties.ts';
import type { Rules } from './rules.ts';
import { type CommitRow, NO_BATCH, type State, type Worker } from './state.ts';

const NEEDS_REPORT: readonly Worker['at'][] = [
  'raise',
  'raise late',
  'read',
  'batch',
  'commit',
  'remove',
  'remove first',
];

/** Ends the transactions of epochs older than the worker's. */
export function terminateOlderSessions(s: State, worker: Worker): void {
  for (const other of s.workers) if (other.at === 'commit' && other.epoch < worker.epoch) loseSession(other);
  if (s.cut.epoch < worker.epoch) s.cut = { epoch: 0, batch: NO_BATCH };
}

export function hasOlderSessions(s: State, worker: Worker): boolean {
  const open = s.workers.filter((other) => other.at === 'commit').map((other) => other.epoch);
  return [...open, s.cut.epoch].some((epoch) => epoch !== 0 && epoch < worker.epoch);
}

/** The worker's transaction is gone; it learns so from an error that does not say whether its COMMIT landed. */
export function loseSession(worker: Worker): void {
  worker.at = 'read';
  worker.unanswered = true;
  worker.batch = NO_BATCH;
}

/** Whether an open transaction holds the row of the fence. */
export function fenceIsLocked(s: State, { clauses }: Rules): boolean {
  return (
    clauses.fenceLockedAtCheck && (s.cut.epoch !== 0 || s.workers.some((worker) => worker.at === 'commit'))
  );
}

/** The worker's next statement is one for the report database. */
export function needsReport(worker: Worker): boolean {
  return NEEDS_REPORT.includes(worker.at);
}

export function raise(s: State, worker: Worker, { clauses }: Rules): void {
  s.fence = clauses.raiseTakesGreatest ? Math.max(s.fence, worker.epoch) : worker.epoch;
  worker.raised = true;
  worker.unanswered = false;
}

/** The next batch after the watermark, which is the last commit row; none when the source has nothing newer. */
export function nextBatch(s: State, worker: Worker, { clauses }: Rules): CommitRow | undefined {
  const last = s.rows.at(-1) ?? { ...NO_BATCH, page: 2 };
  const batch = { ...NO_BATCH, run: worker.run, predecessor: s.rows.length, evidence: true };
  const isOpen = last.page === 1;
  if (isOpen && (clauses.finishOpenWindowFirst || last.run === worker.run)) {
    return { ...batch, from: last.from, to: last.to, page: 2 };
  }
  if (!clauses.thenOpenOwnWindow && last.run === worker.run && last.page === 2 && last.to > 0)
    return undefined;
  const from = isOpen ? last.from : last.to;
  const horizon = s.runs.filter((run) => run.admissions > 0).length;
  return horizon > from ? { ...batch, from, to: horizon, page: 1 } : undefined;
}

/** Another row, committed or about to be, names the same predecessor. */
export function predecessorTaken(s: State, batch: CommitRow): 'no' | 'committed' | 'in flight' {
  if (s.rows.some((row) => row.predecessor === batch.predecessor)) return 'committed';
  const open = s.workers.filter((worker) => worker.at === 'commit').map((worker) => worker.batch);
  if (s.cut.epoch !== 0) open.push(s.cut.batch);
  return open.some((row) => row.predecessor === batch.predecessor) ? 'in flight' : 'no';
}

export function land(s: State, batch: CommitRow): void {
  s.broken ||= brokenByLanding(s, batch);
  s.rows = [...s.rows, batch];
}

export function hasEvidence(s: State): boolean {
  return s.rows.some((row) => row.evidence);
}

/** Books and evidence of all rows found here go to RunLog; the caller demanded the epoch. */
export function ship(s: State, worker: Worker, { clauses }: Rules): void {
  s.rows = s.rows.map((row, i) => {
    const isInMemory = !clauses.removeAfterShip && i < worker.seen && row.shipped === 0;
    if (!row.evidence && !isInMemory) return row;
    return { ...row, shipped: clauses.booksKeyedByBatch ? 1 : row.shipped + 1 };
  });
  worker.seen = s.rows.length;
}

/** Evidence taken out before it is shipped: from here it lives in the worker's memory only. */
export function takeOut(s: State, worker: Worker): void {
  s.rows = s.rows.map((row) => ({ ...row, evidence: false }));
  worker.seen = s.rows.length;
}

/** Shipped evidence leaves the report database. */
export function removeShipped(s: State, worker: Worker, { clauses }: Rules): void {
  const until = clauses.removeExactlyShipped ? worker.seen : s.rows.length;
  s.rows = s.rows.map((row, i) => (i < until ? { ...row, evidence: false } : row));
}

/** The report database goes away: every session is lost, what was in flight is undone. */
export function goAway(s: State): void {
  s.reportUp = false;
  s.cut = { epoch: 0, batch: NO_BATCH };
  for (const worker of s.workers) if (worker.at === 'commit') loseSession(worker);
}
