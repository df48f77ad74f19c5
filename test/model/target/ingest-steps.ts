/** The transaction of a batch: turn, snapshot, merge, touched keys, commit row, fence. */
import { FENCED, OLDER } from './properties.ts';
import {
  BACKFILL,
  goIdle,
  lastEdit,
  lengthOf,
  RANGE,
  ROWS,
  type Rules,
  SCHEDULE,
  type State,
  versionAt,
  type Worker,
} from './state.ts';
import type { Turn } from './steps.ts';

export function ingestSteps(turn: Turn): void {
  const { s, now, rules, step } = turn;
  const { clauses } = rules;
  if (now.at === 'turn' && !isTurnTaken(s, now, rules)) {
    step('takes the turn', (_, worker) => {
      worker.at = clauses.turnBeforeSnapshot ? 'read' : 'write';
    });
  }
  if (now.at === 'read') {
    const edits = lengthOf(s);
    reads(turn, edits);
    for (let horizon = 0; horizon < edits; horizon += 1) reads(turn, horizon);
  }
  if (now.at === 'write' && !isRowLocked(s, now)) {
    step('judges and merges what it staged, notes the keys', (next, worker) => {
      for (const row of ROWS) {
        if (worker.staged[row] === next.table[row]) worker.staged[row] = 0;
        worker.keys[row] = worker.staged[row]! > 0 && (clauses.touchedIsNotUnique || next.touched[row] === 0);
      }
      worker.at = 'commit';
    });
  }
  if (now.at === 'commit') commits(turn);
  if (now.at === 'touch') {
    step('inserts the touched keys', (next, worker) => {
      touch(next, worker);
      startRollUp(worker);
    });
  }
}

/** Whether the other holds the table's turn: from its taking to its COMMIT. */
function isTurnTaken(s: State, now: Worker, { clauses }: Rules): boolean {
  const holding = clauses.turnBeforeSnapshot ? ['read', 'write', 'commit'] : ['write', 'commit'];
  return clauses.turnTaken && s.workers.some((other) => other !== now && holding.includes(other.at));
}

const isRowLocked = (s: State, now: Worker) =>
  s.workers.some(
    (other) =>
      other !== now &&
      other.at === 'commit' &&
      ROWS.some((row) => other.staged[row]! > 0 && now.staged[row]! > 0),
  );

/** Reads the source as it was after so many edits: now, or as a standby that lags shows it. */
function reads({ s, which, rules, step }: Turn, horizon: number): void {
  const { clauses } = rules;
  const lag = horizon < lengthOf(s) ? 'lags' : undefined;
  const source = lag ? `a standby that lags at edit ${horizon}` : 'the source';
  const isBehind = clauses.behindReadsNothing ? horizon < s.top : which === SCHEDULE && horizon < s.watermark;
  if (isBehind) {
    step(`finds ${source} behind, leaves the run for later`, (_, worker) => goIdle(worker), lag);
    return;
  }
  step(
    `reads ${source}`,
    (_, worker) => {
      worker.horizon = horizon;
      const wanted =
        which === BACKFILL ? RANGE : ROWS.filter((row) => lastEdit(s, row, horizon) > s.watermark);
      for (const row of wanted) worker.staged[row] = versionAt(s, row, horizon);
      worker.at = clauses.turnBeforeSnapshot ? 'write' : 'turn';
    },
    lag,
  );
}

function commits({ now, which, rules, step }: Turn): void {
  const { clauses } = rules;
  step('checks the fence and COMMITs', (next, worker) => {
    if (now.fenced) {
      next.broken = FENCED;
      return;
    }
    for (const row of ROWS) {
      const version = worker.staged[row]!;
      if (version === 0) continue;
      if (version < next.table[row]!) next.broken ||= OLDER;
      next.table[row] = version;
    }
    next.top = Math.max(next.top, worker.horizon);
    if (which === BACKFILL) next.rangeRead = true;
    if (which === SCHEDULE || !clauses.backfillMovesNoWatermark) {
      next.watermark = Math.max(next.watermark, worker.horizon);
    }
    worker.horizon = 0;
    worker.staged = [0, 0];
    if (!clauses.touchedWithItsBatch) {
      worker.at = 'touch';
      return;
    }
    touch(next, worker);
    startRollUp(worker);
  });
}

function touch(next: State, worker: Worker): void {
  for (const row of ROWS) if (worker.keys[row]) next.touched[row]! += 1;
}

function startRollUp(worker: Worker): void {
  worker.keys = [false, false];
  worker.at = 'roll-up turn';
}
