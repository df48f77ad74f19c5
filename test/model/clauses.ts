/** The clauses of blueprint §6.2–6.5 and §7 that the model follows; each can be taken out to see what it is for. */
export const CLAUSES = {
  admissionLocksPipeline:
    'planning, admitting and ending lock the pipeline row, so nobody admits on an old look',
  endAdmitsNext: 'the transaction that ends a run admits the next request of its lane',
  sweepAdmits: 'every tick and sweep admit the next waiting request of a lane with no live run',
  outboxInSameTransaction: 'the outbox row commits with the checkpoint that it announces',
  outboxDoneByConsumer: 'an outbox row is done when its consumer says so, never at the 2xx of the Broker',
  endClosesOutbox: 'ending a run marks its open run.requested and run.continue done',
  sweepResends: 'sweep sends every outbox row again that is not done',
  sweepTakesBack: 'sweep takes expired leases back and asks for a retry',
  claimDemandsCheckpoint: 'a delivery behind the work changes nothing',
  claimDemandsFreeLease: 'a claim demands a free or an expired lease',
  lastDeathIsNotClaimed: 'when this death would be the last allowed, no claim: sweep ends the run',
  deathCountedOnce:
    'whoever counts the death of an unreleased lease releases or re-leases it in that statement',
  demandEpochOnMark: 'marking the work report-touched demands its epoch',
  demandEpochOnShip: 'the transaction that writes books and evidence to RunLog demands the epoch',
  demandEpochOnCheckpoint: 'checkpoint, lease release and outbox row demand the epoch',
  demandUnreleasedLease: 'the same statements demand a lease that was not released',
  demandEpochOnEnd: 'the transaction that ends a run demands the epoch',
  touchedMarkBeforeFirstContact: 'the work is marked before its slice first reaches the report database',
  raiseBeforeFirstRead: 'a claim raises the fence before it reads the watermark',
  raiseTakesGreatest: 'raising writes greatest(old, own), so a late raise never lowers the fence',
  terminateOlderSessions: 'raising first terminates the sessions of older epochs',
  fenceCheckedAtBatchCommit: 'every batch checks the fence as its last statement before COMMIT',
  fenceLockedAtCheck: 'that check locks the fence row until the COMMIT is through',
  predecessorUnique: 'commit rows are unique (scope, predecessor)',
  finishOpenWindowFirst: 'the next run, whoever it is, first finishes an open window',
  thenOpenOwnWindow: 'a run that finished the window of another then opens its own',
  enderTakesNewEpoch: 'whoever ends a run takes a new epoch first',
  epochStatementReturnsMark: 'the statement that takes the epoch returns the mark, no earlier reading counts',
  enderRaisesFenceWhenTouched: 'the ender of marked work raises the fence before it ends the run',
  successRaisesUnlessClaimRaised: 'a SUCCESS of marked work whose claim did not raise, raises',
  successNeedsAnsweredCommits: 'a SUCCESS with an unanswered COMMIT raises again under a new epoch',
  successReadsAfterRaise:
    'a SUCCESS that had to raise reads the watermark again before it ends (mended: blueprint §6.5 raises and ends)',
  shipBeforeEnd: 'claimers and enders ship what they find before they go on',
  booksKeyedByBatch: 'books are written keyed by run, task and batch',
  removeAfterShip: 'evidence leaves the report database only after RunLog has it',
  removeExactlyShipped: 'removal takes exactly the rows that were shipped',
} as const;

export type Clause = keyof typeof CLAUSES;
export type Clauses = Readonly<Record<Clause, boolean>>;

/** All clauses, without the named ones. */
export function clausesWithout(...removed: readonly Clause[]): Clauses {
  const names = Object.keys(CLAUSES) as Clause[];
  return Object.fromEntries(names.map((name) => [name, !removed.includes(name)])) as Record<Clause, boolean>;
}
