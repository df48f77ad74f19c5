/** How a worker goes on between its statements: what a claim begins with, what a reading leads to, how an end begins. */
import type { Kind } from '../search.ts';
import { hasEvidence, nextBatch } from './report.ts';
import { LAST_CHECKPOINT, type Rules } from './rules.ts';
import { isOwner, leave } from './runlog.ts';
import { type State, type Status, useUp, type Worker } from './state.ts';
import type { Change, Turn } from './turn.ts';

interface Choice {
  label: string;
  kind: Kind;
  change: Change;
}

/** The first statement after a claim; once the ingest is done, the rest of a run moves no rows. */
export function startSlice(s: State, worker: Worker, rules: Rules): void {
  const { work } = s.runs[worker.run]!;
  if (work.cancel) Object.assign(worker, { at: 'draw', ending: 'CANCELLED' });
  else if (work.ingested) startSuccess(worker, rules);
  else if (!worker.marked && rules.clauses.touchedMarkBeforeFirstContact) worker.at = 'mark';
  else worker.at = rules.clauses.raiseBeforeFirstRead ? 'raise' : 'read';
}

/** What a slice may do after it has read the watermark. */
export function choices({ s, now, rules }: Turn): Choice[] {
  const { clauses } = rules;
  if (hasEvidence(s) && clauses.shipBeforeEnd) {
    return [{ label: 'finds evidence', kind: 'usual', change: (_, worker) => startShipping(worker, rules) }];
  }
  const batch = nextBatch(s, now, rules);
  const found: Choice[] = [];
  const may = (label: string, change: Change, kind: Kind = 'usual') => found.push({ label, kind, change });
  const mayStop = (label: string, change: (worker: Worker) => void, isLag = false) =>
    may(
      isLag ? `reads a lagging standby, opens no window, ${label}` : label,
      (next, worker) => {
        if (isLag) useUp(next, 'lags');
        change(worker);
      },
      isLag ? 'fault' : 'usual',
    );
  const finish = (worker: Worker) => {
    if (clauses.raiseBeforeFirstRead || worker.raised) startSuccess(worker, rules);
    else worker.at = 'raise late';
  };
  const stop = (ingested: boolean) => (worker: Worker) =>
    Object.assign(worker, { at: 'checkpoint', ingested });
  const hasCheckpoint = now.checkpoint < LAST_CHECKPOINT;

  if (batch) {
    may('reads the watermark, stages the next batch', (_, worker) => {
      worker.batch = batch;
      worker.at = clauses.raiseBeforeFirstRead || worker.raised ? 'batch' : 'raise late';
    });
    if (hasCheckpoint && now.seen > 0) mayStop('ends its slice here', stop(false));
  }
  const isLag = batch?.page === 1 && s.left.lags > 0;
  if (!batch || isLag) {
    mayStop('all is ingested, finishes', finish, isLag);
    if (hasCheckpoint) mayStop('all is ingested, ends its slice', stop(true), isLag);
  }
  const work = isOwner(s, now) ? s.runs[now.run]!.work : undefined;
  if (work?.cancel) may('sees the cancel flag', decideEnd('CANCELLED'));
  else if (work?.overdue) may('sees that its time is over', decideEnd('TIMEOUT'));
  if (now.unanswered)
    may('had no answer to its COMMIT, leaves the run', (next, worker) => leave(next, worker, rules));
  may('is asked to give way, leaves the run', (next, worker) => leave(next, worker, rules), 'fault');
  if (s.left.failures > 0) {
    const mayTryAgain = s.runs[now.run]!.work.retries + 1 < rules.bounds.attempts;
    may('fails', mayTryAgain ? decideRetry : decideEnd('ERROR'), 'fault');
  }
  return found;
}

const decideRetry: Change = (next, worker) => {
  useUp(next, 'failures');
  worker.at = 'sleep';
};

function decideEnd(status: Status): Change {
  return (next, worker) => {
    if (status === 'ERROR') useUp(next, 'failures');
    worker.ending = status;
    worker.at = 'draw';
  };
}

/** A SUCCESS ends under its own epoch when nothing of this run can still be on its way to the report database. */
function startSuccess(worker: Worker, { clauses }: Rules): void {
  const isUnsure =
    (clauses.successRaisesUnlessClaimRaised && !worker.raised) ||
    (clauses.successNeedsAnsweredCommits && worker.unanswered);
  worker.ending = 'SUCCESS';
  worker.at = worker.marked && isUnsure ? 'draw' : 'end';
}

/** After an ender has taken the epoch, by the statement that also returns the mark. */
export function startEnding(s: State, worker: Worker, { clauses }: Rules): void {
  if (clauses.epochStatementReturnsMark) worker.marked = s.runs[worker.run]!.work.touched;
  const mustRaise = worker.marked && clauses.enderRaisesFenceWhenTouched;
  if (mustRaise && worker.ending === 'SUCCESS' && clauses.successReadsAfterRaise) worker.ending = 'none';
  worker.at = mustRaise ? 'raise' : 'end';
  if (!mustRaise && worker.marked && hasEvidence(s)) worker.at = 'ship';
}

export function afterRaise(s: State, worker: Worker, rules: Rules): void {
  if (worker.at === 'raise late') {
    if (worker.batch.page > 0) worker.at = 'batch';
    else startSuccess(worker, rules);
  } else if (worker.ending === 'none') worker.at = 'read';
  else if (hasEvidence(s) && rules.clauses.shipBeforeEnd) startShipping(worker, rules);
  else worker.at = 'end';
}

export function startShipping(worker: Worker, { clauses }: Rules): void {
  worker.at = clauses.removeAfterShip ? 'ship' : 'remove first';
}

export function afterShipping(worker: Worker): void {
  worker.at = worker.ending === 'none' ? 'read' : 'end';
}
