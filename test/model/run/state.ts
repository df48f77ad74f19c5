/** What the model remembers: RunLog, the bag of deliveries, the report database, two workers, the faults left. */

export const REQUEST = ['not asked', 'waiting', 'live', 'ran'] as const;
export const STATUS = ['none', 'STARTED', 'SUCCESS', 'ERROR', 'CANCELLED', 'TIMEOUT'] as const;
export const LEASE = ['free', 'held', 'expired'] as const;
export const OUTBOX = ['none', 'open', 'sent', 'done'] as const;
/** Where a worker stands: the statement that it issues next. */
export const AT = [
  'idle',
  'mark',
  'raise',
  'read',
  'batch',
  'commit',
  'ship',
  'remove',
  'checkpoint',
  'sleep',
  'draw',
  'take epoch',
  'give back',
  'end',
  'refused',
  // Only with a clause taken out:
  'raise late',
  'remove first',
  'insert outbox',
  'take epoch of selected',
  'admit seen',
  'wait seen',
] as const;

export type Status = (typeof STATUS)[number];
type Outbox = (typeof OUTBOX)[number];

/**
 * `run_work`. Two are no columns, but what two columns are compared with: `lapses` counts the leases that really ran out
 * since the last progress (`deaths`), `failed` the attempts that really failed (`attempt`, here the retries).
 */
export interface Work {
  epoch: number;
  lease: (typeof LEASE)[number];
  checkpoint: number;
  ingested: boolean;
  cancel: boolean;
  touched: boolean;
  deaths: number;
  lapses: number;
  /** Its wake-up lies in the future. */
  asleep: boolean;
  /** Its deadline lies in the past. */
  overdue: boolean;
  retries: number;
  failed: number;
}

/** A request, the run that it becomes, its outbox rows and deliveries by checkpoint. */
export interface Run {
  request: (typeof REQUEST)[number];
  admissions: number;
  status: Status;
  ends: number;
  outbox: Outbox[];
  bag: boolean[];
  work: Work;
}

/** One commit row: a page (1 or 2) of the window [from, to), its books and evidence still here, or how often shipped. */
export interface CommitRow {
  run: number;
  predecessor: number;
  from: number;
  to: number;
  page: number;
  evidence: boolean;
  shipped: number;
}

export interface Worker {
  /** For traces only; whoever is told apart by nothing else is the same state. */
  name: string;
  at: (typeof AT)[number];
  stopped: boolean;
  run: number;
  epoch: number;
  /** The epoch that it drew to end its run by. */
  drawn: number;
  checkpoint: number;
  marked: boolean;
  raised: boolean;
  unanswered: boolean;
  /** What the checkpoint that it is about to leave says: whether all is ingested. */
  ingested: boolean;
  ending: Status;
  batch: CommitRow;
  seen: number;
}

export interface Faults {
  crashes: number;
  stops: number;
  /** COMMITs in the report database, and in RunLog, whose answer never comes. */
  cuts: number;
  runLogCuts: number;
  absences: number;
  cancels: number;
  failures: number;
  /** Times that the source's standby lags behind the horizon. */
  lags: number;
  /** Runs whose time is over. */
  timeouts: number;
  runLogAbsences: number;
}

export interface State {
  runs: Run[];
  fence: number;
  reportUp: boolean;
  rows: CommitRow[];
  /** A transaction whose COMMIT was sent and whose connection was cut; epoch 0 = none. */
  cut: { epoch: number; batch: CommitRow };
  workers: Worker[];
  left: Faults;
  /** The property that the step to here broke; a search stops there. */
  broken: string;
}

export const NO_BATCH: CommitRow = {
  run: 0,
  predecessor: 0,
  from: 0,
  to: 0,
  page: 0,
  evidence: false,
  shipped: 0,
};

export const NO_WORK: Work = {
  epoch: 0,
  lease: 'free',
  checkpoint: 0,
  ingested: false,
  cancel: false,
  touched: false,
  deaths: 0,
  lapses: 0,
  asleep: false,
  overdue: false,
  retries: 0,
  failed: 0,
};

export const IDLE: Omit<Worker, 'name'> = {
  at: 'idle',
  stopped: false,
  run: 0,
  epoch: 0,
  drawn: 0,
  checkpoint: 0,
  marked: false,
  raised: false,
  unanswered: false,
  ingested: false,
  ending: 'none',
  batch: NO_BATCH,
  seen: 0,
};

/** A copy to change: runs and workers are its own, commit rows and faults are shared and only ever replaced. */
export function copy(s: State): State {
  const [first, second] = s.runs as [Run, Run];
  const [one, other] = s.workers as [Worker, Worker];
  return { ...s, runs: [copyRun(first), copyRun(second)], workers: [{ ...one }, { ...other }] };
}

function copyRun(run: Run): Run {
  return { ...run, outbox: [...run.outbox], bag: [...run.bag], work: { ...run.work } };
}

/** One fault fewer is left to happen. */
export function useUp(s: State, fault: keyof Faults): void {
  s.left = { ...s.left, [fault]: s.left[fault] - 1 };
}
