/** What must hold, each as the sentence that a trace is headed with. */
import type { Rules } from './rules.ts';
import type { CommitRow, State, Status } from './state.ts';

/** The property of every state: with the faults at an end, all requests can still end and be shipped. */
export const STUCK = 'from every state all requests can end and be shipped';
export const COUNTED = 'the deaths counted are those since the last progress';
export const ASLEEP = 'a run sleeps until its hour';

const PAGES = [1, 2];

/** The property that a batch breaks by being committed; empty when none. */
export function brokenByLanding(s: State, batch: CommitRow): string {
  if (s.runs[batch.run]!.status !== 'STARTED') return 'nothing is committed for a run after its end';
  for (let unit = 1; unit <= batch.to; unit += 1) {
    for (const page of PAGES) {
      const times = timesApplied(s, unit, page);
      const isMine = unit > batch.from && page === batch.page;
      if (isMine && times > 0) return 'every batch is applied once';
      if (unit <= batch.from && times === 0) return 'no batch is lost';
    }
  }
  if (batch.page === 2 && timesApplied(s, batch.to, 1) === 0) return 'no batch is lost';
  return '';
}

/** The property that the end of a run breaks; empty when none. */
export function brokenByEnd(s: State, run: number, status: Status): string {
  const books = s.rows.filter((row) => row.run === run);
  if (books.some((row) => row.shipped === 0))
    return 'the books of every landed batch are shipped before the end';
  if (books.some((row) => row.evidence)) return 'nothing of an ended run is left to be shipped';
  if (status === 'SUCCESS' && s.rows.at(-1)?.page === 1) return 'a SUCCESS leaves no window open';
  return '';
}

/** The property that a state breaks by itself; empty when none. */
export function brokenIn(s: State, { bounds }: Rules): string {
  const deadly = bounds.faults.crashes + bounds.faults.stops - s.left.crashes - s.left.stops;
  if (s.runs.filter((run) => run.status === 'STARTED').length > 1) return 'one live run a lane';
  for (const run of s.runs) {
    if (run.admissions > 1) return 'a request is admitted once';
    if (run.ends > 1) return 'an end is emitted once';
    const { deaths, lapses, lease } = run.work;
    if (lapses > deadly) return 'a lease runs out only when its holder is gone';
    if (deaths + (lease === 'expired' ? 1 : 0) !== lapses) return COUNTED;
  }
  for (const row of s.rows) {
    if (row.shipped > 1) return 'the books of a batch are counted once';
  }
  return '';
}

/** All requests ran, every outbox row is done, every landed batch is in the books. */
export function allEndedAndShipped(s: State): boolean {
  return (
    s.runs.every(
      (run) => run.request === 'ran' && run.outbox.every((row) => row === 'none' || row === 'done'),
    ) && s.rows.every((row) => row.shipped === 1)
  );
}

/** At the end of all, the report equals what the runs would have written one after the other, undisturbed. */
export function brokenWhenAllEnded(s: State, { bounds }: Rules): string {
  const last = s.rows.at(-1);
  const horizon = last ? (last.page === 2 ? last.to : last.from) : 0;
  for (let unit = 1; unit <= horizon; unit += 1) {
    if (PAGES.some((page) => timesApplied(s, unit, page) !== 1)) return 'the report equals the oracle';
  }
  const isComplete = horizon === s.runs.length || bounds.faults.lags > 0;
  return s.runs.at(-1)?.status === 'SUCCESS' && !isComplete ? 'the report equals the oracle' : '';
}

function timesApplied(s: State, unit: number, page: number): number {
  return s.rows.filter((row) => row.from < unit && unit <= row.to && row.page === page).length;
}
