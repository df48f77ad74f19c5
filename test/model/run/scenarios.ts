/** The bounds of the searches. Each goes through the whole protocol; they share the faults out among them. */
import type { Bounds } from './rules.ts';
import type { Faults } from './state.ts';

export interface Scenario extends Bounds {
  name: string;
}

const NO_FAULTS: Faults = {
  crashes: 0,
  stops: 0,
  cuts: 0,
  runLogCuts: 0,
  absences: 0,
  cancels: 0,
  failures: 0,
  lags: 0,
  timeouts: 0,
  runLogAbsences: 0,
};

export function scenario(
  name: string,
  faults: Partial<Faults>,
  { pooler = false, attempts = 1 }: Partial<Omit<Bounds, 'faults'>> = {},
): Scenario {
  return { name, faults: { ...NO_FAULTS, ...faults }, pooler, attempts };
}

const RETRY = { attempts: 2 };

/** What `make test` explores: first the bounds that the protocol was asked to hold in, all faults at once. */
export const SCENARIOS: readonly Scenario[] = [
  scenario('two crashes, a zombie, a cut COMMIT, no report database for a while', {
    crashes: 2,
    stops: 1,
    cuts: 1,
    absences: 1,
  }),
  scenario('a zombie, a cut COMMIT, a lagging standby', { stops: 1, cuts: 1, lags: 1 }),
  scenario('a zombie, a cancel, a failure', { stops: 1, cancels: 1, failures: 1 }),
  scenario('no report database for a while, a cancel, a crash', { absences: 1, cancels: 1, crashes: 1 }),
  scenario('a failure, a cut COMMIT, a crash, no report database', {
    failures: 1,
    cuts: 1,
    crashes: 1,
    absences: 1,
  }),
  scenario('a cut COMMIT in RunLog, two crashes, a zombie', { runLogCuts: 1, crashes: 2, stops: 1 }),
  scenario('a zombie and a cancel behind a pooler', { stops: 1, cancels: 1 }, { pooler: true }),
  scenario(
    'a retry, a crash, a cancel, a timeout',
    { failures: 2, crashes: 1, cancels: 1, timeouts: 1 },
    RETRY,
  ),
  scenario('a retry, a zombie, a cancel', { failures: 1, stops: 1, cancels: 1 }, RETRY),
  scenario('a retry, a timeout, a cut COMMIT in RunLog', { failures: 1, timeouts: 1, runLogCuts: 1 }, RETRY),
  scenario('a timeout, a zombie, a cut COMMIT', { timeouts: 1, stops: 1, cuts: 1 }),
];

/** What `--large` adds: a minute or two, and a gigabyte of memory. */
export const LARGE_SCENARIOS: readonly Scenario[] = [
  scenario('a crash, a zombie, a cut COMMIT, a cancel, no report database', {
    crashes: 1,
    stops: 1,
    cuts: 1,
    cancels: 1,
    absences: 1,
  }),
  scenario('a zombie, a cut COMMIT, a lag, a failure, a cancel', {
    stops: 1,
    cuts: 1,
    lags: 1,
    failures: 1,
    cancels: 1,
  }),
  scenario('a crash, a zombie, a cancel, a failure, no report database', {
    crashes: 1,
    stops: 1,
    cancels: 1,
    failures: 1,
    absences: 1,
  }),
  scenario('cut COMMITs in both databases, a crash, a zombie, a lag', {
    runLogCuts: 1,
    cuts: 1,
    crashes: 1,
    stops: 1,
    lags: 1,
  }),
  scenario(
    'a crash, a zombie, a cut COMMIT behind a pooler',
    { crashes: 1, stops: 1, cuts: 1 },
    { pooler: true },
  ),
  scenario(
    'two retries, a crash, a zombie, a timeout',
    { failures: 2, crashes: 1, stops: 1, timeouts: 1 },
    { attempts: 3 },
  ),
];
