/** States as bytes: one walk over the fields serves writing and reading. */
import {
  AT,
  type CommitRow,
  IDLE,
  LEASE,
  NO_BATCH,
  NO_WORK,
  OUTBOX,
  REQUEST,
  STATUS,
  type State,
} from './state.ts';

/** Bytes a state may take; `pack` refuses more. */
export const STRIDE = 112;

type Cell = (value: number) => number;

/** Writes a state into `bytes` and returns how many bytes it took. */
export function pack(s: State, bytes: Uint8Array): number {
  let length = 0;
  walk(s, (value) => {
    bytes[length++] = value;
    return value;
  });
  if (length > STRIDE) throw new Error(`a state takes ${length} bytes, STRIDE is ${STRIDE}`);
  return length;
}

/** Reads the state that `pack` wrote at `offset`. */
export function unpack(bytes: Uint8Array, offset: number): State {
  let at = offset;
  const s: State = {
    runs: [],
    fence: 0,
    reportUp: true,
    rows: [],
    cut: { epoch: 0, batch: NO_BATCH },
    workers: [],
    left: { crashes: 0, stops: 0, cuts: 0, runLogCuts: 0, absences: 0, cancels: 0, failures: 0, lags: 0 },
    broken: '',
  };
  walk(s, () => bytes[at++]!);
  return s;
}

function walk(s: State, cell: Cell): void {
  const word = <T>(words: readonly T[], value: T): T => words[cell(words.indexOf(value))]!;
  const flag = (value: boolean): boolean => cell(value ? 1 : 0) === 1;
  const grow = <T>(items: T[], fresh: () => T) => {
    const length = cell(items.length);
    while (items.length < length) items.push(fresh());
  };

  grow(s.runs, () => ({
    request: 'not asked',
    admissions: 0,
    status: 'none',
    ends: 0,
    outbox: ['none', 'none'],
    bag: [false, false],
    work: { ...NO_WORK },
  }));
  for (const run of s.runs) {
    run.request = word(REQUEST, run.request);
    run.admissions = cell(run.admissions);
    run.status = word(STATUS, run.status);
    run.ends = cell(run.ends);
    for (const i of run.outbox.keys()) run.outbox[i] = word(OUTBOX, run.outbox[i]!);
    for (const i of run.bag.keys()) run.bag[i] = flag(run.bag[i]!);
    const work = run.work;
    work.epoch = cell(work.epoch);
    work.lease = word(LEASE, work.lease);
    work.checkpoint = cell(work.checkpoint);
    work.ingested = flag(work.ingested);
    work.cancel = flag(work.cancel);
    work.touched = flag(work.touched);
    work.deaths = cell(work.deaths);
    work.lapses = cell(work.lapses);
  }
  s.fence = cell(s.fence);
  s.reportUp = flag(s.reportUp);
  grow(s.rows, () => ({ ...NO_BATCH }));
  for (const i of s.rows.keys()) s.rows[i] = commitRow(s.rows[i]!, cell);
  s.cut = { epoch: cell(s.cut.epoch), batch: commitRow(s.cut.batch, cell) };
  grow(s.workers, () => ({ name: '', ...IDLE }));
  for (const worker of s.workers) {
    worker.at = word(AT, worker.at);
    worker.stopped = flag(worker.stopped);
    worker.run = cell(worker.run);
    worker.epoch = cell(worker.epoch);
    worker.checkpoint = cell(worker.checkpoint);
    worker.marked = flag(worker.marked);
    worker.raised = flag(worker.raised);
    worker.unanswered = flag(worker.unanswered);
    worker.ingested = flag(worker.ingested);
    worker.ending = word(STATUS, worker.ending);
    worker.batch = commitRow(worker.batch, cell);
    worker.seen = cell(worker.seen);
  }
  const left = s.left;
  left.crashes = cell(left.crashes);
  left.stops = cell(left.stops);
  left.cuts = cell(left.cuts);
  left.runLogCuts = cell(left.runLogCuts);
  left.absences = cell(left.absences);
  left.cancels = cell(left.cancels);
  left.failures = cell(left.failures);
  left.lags = cell(left.lags);
}

/** A commit row in three bytes: run and predecessor, window and page, evidence and times shipped. */
function commitRow(row: CommitRow, cell: Cell): CommitRow {
  const origin = cell(row.run * 16 + row.predecessor);
  const window = cell(row.from * 16 + row.to * 4 + row.page);
  const books = cell((row.evidence ? 4 : 0) + row.shipped);
  if (window === 0) return NO_BATCH;
  return {
    run: origin >> 4,
    predecessor: origin % 16,
    from: window >> 4,
    to: (window >> 2) % 4,
    page: window % 4,
    evidence: books >= 4,
    shipped: books % 4,
  };
}
