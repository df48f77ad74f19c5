/** States as bytes: what `pack` writes, `unpack` reads in the same order. */
import type { Codec } from '../state-table.ts';
import {
  AT,
  type CommitRow,
  LEASE,
  NO_BATCH,
  OUTBOX,
  REQUEST,
  type Run,
  STATUS,
  type State,
  type Worker,
} from './state.ts';

/** Bytes a state takes at most: two runs, six commit rows and two workers fit. */
const STRIDE = 96;

// One cursor for all: a search is single-threaded and millions of states pass through here.
let bytes: Uint8Array = new Uint8Array(STRIDE);
let at = 0;

const put = (value: number): void => {
  bytes[at++] = value;
};
const take = (): number => bytes[at++]!;
const bit = (flag: boolean, place: number): number => (flag ? 1 << place : 0);
const has = (bits: number, place: number): boolean => ((bits >> place) & 1) === 1;

/** Writes a state to the beginning of `into`, whose rest stays zero. */
function pack(s: State, into: Uint8Array): void {
  bytes = into;
  at = 0;
  for (const run of s.runs) putRun(run);
  for (const worker of s.workers) putWorker(worker);
  const { crashes, stops, cuts, runLogCuts, absences, cancels, failures, lags, timeouts, runLogAbsences } =
    s.left;
  put(crashes * 64 + stops * 16 + cuts * 4 + runLogCuts);
  put(absences * 64 + cancels * 16 + failures * 4 + lags);
  put(timeouts * 4 + runLogAbsences);
  put(s.fence * 2 + bit(s.reportUp, 0));
  put(s.cut.epoch);
  putRow(s.cut.batch);
  put(s.rows.length);
  for (const row of s.rows) putRow(row);
  if (at > STRIDE) throw new Error(`a state takes ${at} bytes, STRIDE is ${STRIDE}`);
  into.fill(0, at);
}

/** Reads the state that `pack` wrote, here at `offset`. */
function unpack(from: Uint8Array, offset: number): State {
  bytes = from;
  at = offset;
  const runs = [takeRun(), takeRun()];
  const workers = [takeWorker(), takeWorker()];
  const some = take();
  const others = take();
  const more = take();
  const fence = take();
  const cut = { epoch: take(), batch: takeRow() };
  const rows: CommitRow[] = [];
  for (let left = take(); left > 0; left -= 1) rows.push(takeRow());
  return {
    runs,
    workers,
    left: {
      crashes: some >> 6,
      stops: (some >> 4) & 3,
      cuts: (some >> 2) & 3,
      runLogCuts: some & 3,
      absences: others >> 6,
      cancels: (others >> 4) & 3,
      failures: (others >> 2) & 3,
      lags: others & 3,
      timeouts: more >> 2,
      runLogAbsences: more & 3,
    },
    fence: fence >> 1,
    reportUp: has(fence, 0),
    cut,
    rows,
    broken: '',
  };
}

function putRun({ request, status, admissions, ends, outbox, bag, work }: Run): void {
  put(REQUEST.indexOf(request) * 8 + STATUS.indexOf(status));
  put(admissions * 16 + ends);
  put(OUTBOX.indexOf(outbox[0]!) * 16 + OUTBOX.indexOf(outbox[1]!) * 4 + bit(bag[0]!, 1) + bit(bag[1]!, 0));
  put(work.epoch);
  put(
    LEASE.indexOf(work.lease) * 32 +
      bit(work.overdue, 4) +
      bit(work.asleep, 3) +
      bit(work.ingested, 2) +
      bit(work.cancel, 1) +
      bit(work.touched, 0),
  );
  put(work.checkpoint * 16 + work.retries * 4 + work.failed);
  put(work.deaths * 16 + work.lapses);
}

function takeRun(): Run {
  const state = take();
  const counts = take();
  const events = take();
  const epoch = take();
  const lease = take();
  const course = take();
  const deaths = take();
  return {
    request: REQUEST[state >> 3]!,
    status: STATUS[state & 7]!,
    admissions: counts >> 4,
    ends: counts & 15,
    outbox: [OUTBOX[events >> 4]!, OUTBOX[(events >> 2) & 3]!],
    bag: [has(events, 1), has(events, 0)],
    work: {
      epoch,
      lease: LEASE[lease >> 5]!,
      ingested: has(lease, 2),
      cancel: has(lease, 1),
      touched: has(lease, 0),
      asleep: has(lease, 3),
      overdue: has(lease, 4),
      checkpoint: course >> 4,
      retries: (course >> 2) & 3,
      failed: course & 3,
      deaths: deaths >> 4,
      lapses: deaths & 15,
    },
  };
}

function putWorker(worker: Worker): void {
  const { marked, raised, unanswered, ingested, stopped } = worker;
  put(AT.indexOf(worker.at));
  put(bit(marked, 4) + bit(raised, 3) + bit(unanswered, 2) + bit(ingested, 1) + bit(stopped, 0));
  put(STATUS.indexOf(worker.ending) * 16 + worker.run * 8 + worker.checkpoint);
  put(worker.epoch);
  put(worker.drawn);
  put(worker.seen);
  putRow(worker.batch);
}

function takeWorker(): Worker {
  const place = take();
  const flags = take();
  const role = take();
  return {
    name: '',
    at: AT[place]!,
    marked: has(flags, 4),
    raised: has(flags, 3),
    unanswered: has(flags, 2),
    ingested: has(flags, 1),
    stopped: has(flags, 0),
    ending: STATUS[role >> 4]!,
    run: (role >> 3) & 1,
    checkpoint: role & 7,
    epoch: take(),
    drawn: take(),
    seen: take(),
    batch: takeRow(),
  };
}

function putRow({ run, predecessor, from, to, page, evidence, shipped }: CommitRow): void {
  put(run * 16 + predecessor);
  put(from * 16 + to * 4 + page);
  put(bit(evidence, 2) + shipped);
}

function takeRow(): CommitRow {
  const origin = take();
  const window = take();
  const books = take();
  if (window === 0) return NO_BATCH;
  return {
    run: origin >> 4,
    predecessor: origin & 15,
    from: window >> 4,
    to: (window >> 2) & 3,
    page: window & 3,
    evidence: has(books, 2),
    shipped: books & 3,
  };
}

export const CODEC: Codec<State> = { stride: STRIDE, pack, unpack };
