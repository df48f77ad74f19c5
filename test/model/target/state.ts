/** What the model of a target table remembers: its source, the table, its summary, a run of the schedule and a backfill's. */
import { count, flag, list, type Of, oneOf, record, verdict } from '../shape.ts';
import type { Clauses } from '../study.ts';
import type { Clause } from './clauses.ts';

/** Two rows of the source, a group of the summary each. */
export const ROWS = [0, 1] as const;
/** The range of the backfill holds the first row only. */
export const RANGE: readonly number[] = [0];
const MOST_EDITS = 4;
export const SCHEDULE = 0;
export const BACKFILL = 1;

const AT = [
  'idle',
  'turn',
  'read',
  'write',
  'commit',
  'touch',
  'roll-up turn',
  'take',
  'read table',
  'commit summary',
] as const;

const WORKER = record({
  /** The statement that it issues next. */
  at: oneOf(AT),
  /** Another claim has raised the fence of its scope. */
  fenced: flag,
  /** The source as its snapshot shows it: so many edits. */
  horizon: count,
  /** Versions staged from it; 0 = none. */
  staged: list(ROWS.length, count),
  /** Keys that its batch notes, or its roll-up has taken. */
  keys: list(ROWS.length, flag),
  taken: list(ROWS.length, count),
  /** The versions of its groups that it read for the summary. */
  computed: list(ROWS.length, count),
});

export const STATE = record({
  /** The source's edits in their order: the row, from 1; 0 = not yet. */
  edits: list(MOST_EDITS, count),
  table: list(ROWS.length, count),
  summary: list(ROWS.length, count),
  touched: list(ROWS.length, count),
  /** How many edits the schedule has read, and the most that anybody has. */
  watermark: count,
  top: count,
  /** The backfill's range was read to its end; its run has ended. */
  rangeRead: flag,
  backfilled: flag,
  workers: list(2, WORKER),
  left: record({ edits: count, crashes: count, lags: count }),
  broken: verdict,
});

export type State = Of<typeof STATE>;
export type Worker = Of<typeof WORKER>;

export interface Bounds {
  name: string;
  faults: State['left'];
}

export interface Rules {
  clauses: Clauses<Clause>;
  bounds: Bounds;
}

const IDLE: Worker = {
  at: 'idle',
  fenced: false,
  horizon: 0,
  staged: [0, 0],
  keys: [false, false],
  taken: [0, 0],
  computed: [0, 0],
};

/** Both rows are in the source, nothing is in the table. */
export function firstState({ bounds }: Rules): State {
  return {
    edits: [1, 2, 0, 0],
    table: [0, 0],
    summary: [0, 0],
    touched: [0, 0],
    watermark: 0,
    top: 0,
    rangeRead: false,
    backfilled: false,
    workers: [idleWorker(), idleWorker()],
    left: { ...bounds.faults },
    broken: '',
  };
}

const idleWorker = () => WORKER.copy(IDLE);

/** A worker whose transaction, if it had one, is undone. */
export function goIdle(worker: Worker): void {
  Object.assign(worker, idleWorker());
}

/** How many edits the source has had. */
export const lengthOf = ({ edits }: State) => edits.filter((row) => row > 0).length;

/** The version of a row after so many edits, and the edit that made it. */
export const versionAt = ({ edits }: State, row: number, horizon: number) =>
  edits.slice(0, horizon).filter((edited) => edited === row + 1).length;
export const lastEdit = ({ edits }: State, row: number, horizon: number) =>
  edits.slice(0, horizon).lastIndexOf(row + 1) + 1;
