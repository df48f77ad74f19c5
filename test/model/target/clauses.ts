/** The clauses of blueprint §7 by which several runs write one target table and its summary, each with its switch. */
export const CLAUSES = {
  turnTaken: 'a batch takes the turn of its target table for its transaction',
  turnBeforeSnapshot: "only then is the source's snapshot taken",
  behindReadsNothing: 'a snapshot behind what anybody has committed from this source is not read',
  backfillOwnScope: 'the scope of a backfill is its run: its claim raises a fence of its own',
  backfillMovesNoWatermark: 'a backfill reads its own range and never moves the watermark',
  touchedWithItsBatch: 'touched keys are inserted in the transaction of the batch that touches them',
  touchedIsNotUnique: 'touched keys are plain inserts without a unique key',
  takenBeforeRead:
    'the roll-up deletes the keys that it takes in one statement and reads its source in a later one',
  takenWithSummary: 'keys are taken and the summary is written in one transaction',
} as const;

export type Clause = keyof typeof CLAUSES;
