/** For each clause: the faults under which its removal is seen, and the property that is then broken. */
import type { Removal } from '../study.ts';
import type { Clause } from './clauses.ts';
import { ASLEEP, COUNTED, STUCK } from './properties.ts';
import { type Scenario, scenario } from './scenarios.ts';

const quiet = scenario('lost and doubled events', {});
const crash = scenario('a crash', { crashes: 1 });
const crashes = scenario('two crashes', { crashes: 2 });
const stop = scenario('a stop and a continue', { stops: 1 });
const stopAndCrash = scenario('a stop, a crash', { stops: 1, crashes: 1 });
const stopAndCancel = scenario('a stop, a cancel', { stops: 1, cancels: 1 });
const stopAndLag = scenario('a stop, a lagging standby', { stops: 1, lags: 1 });
const cutAndLag = scenario('a cut COMMIT, a lagging standby', { cuts: 1, lags: 1 });
const retried = scenario('a retry', { failures: 1 }, { attempts: 2 });
const cancelledAsleep = scenario('a retry, a cancel', { failures: 1, cancels: 1 }, { attempts: 2 });

const AFTER_END = 'nothing is committed for a run after its end';
const OLD_EPOCH = 'nothing is written in RunLog by an old epoch';
const SHIPPED = 'the books of every landed batch are shipped before the end';
const ONCE = 'every batch is applied once';

export const REMOVALS: Readonly<Record<Clause, Removal<Clause, Scenario>>> = {
  admissionLocksPipeline: { within: quiet, breaks: 'one live run a lane' },
  endAdmitsNext: { within: quiet, breaks: STUCK, together: ['sweepAdmits'] },
  sweepAdmits: { within: quiet, breaks: STUCK, together: ['endAdmitsNext'] },
  outboxInSameTransaction: { within: crash, breaks: STUCK },
  outboxDoneByConsumer: { within: quiet, breaks: STUCK },
  endClosesOutbox: { within: scenario('a cancel', { cancels: 1 }), breaks: STUCK },
  sweepResends: { within: quiet, breaks: STUCK },
  sweepTakesBack: { within: crash, breaks: STUCK },
  claimDemandsCheckpoint: { within: quiet, breaks: 'a checkpoint is left once' },
  claimDemandsFreeLease: { within: quiet, breaks: COUNTED },
  lastDeathIsNotClaimed: { within: crashes, breaks: 'a run that died too often is not tried again' },
  deathCountedOnce: { within: crash, breaks: COUNTED },
  progressForgetsDeaths: { within: crash, breaks: COUNTED },
  onlyProgressForgetsDeaths: { within: crash, breaks: COUNTED },
  settleTriedAgain: {
    within: scenario('no RunLog for a moment', { runLogAbsences: 1 }),
    breaks: 'a lease runs out only when its holder is gone',
  },
  takenAgainByDrawnEpoch: {
    within: scenario('a failure, a cut COMMIT in RunLog', { failures: 1, runLogCuts: 1 }),
    breaks: 'a lease runs out only when its holder is gone',
  },
  retryTakesNextAttempt: {
    within: scenario('two failures', { failures: 2 }, { attempts: 2 }),
    breaks: 'a run fails no more often than its policy allows',
  },
  sleepingIsNotClaimed: { within: retried, breaks: ASLEEP },
  earlyIsNotHeard: { within: retried, breaks: STUCK },
  cancelWakesSleeper: { within: cancelledAsleep, breaks: STUCK, together: ['sweepEndsFlagged'] },
  flaggedDoesNotSleep: { within: cancelledAsleep, breaks: STUCK, together: ['sweepEndsFlagged'] },
  sweepEndsFlagged: {
    within: cancelledAsleep,
    breaks: STUCK,
    together: ['cancelWakesSleeper', 'flaggedDoesNotSleep'],
  },
  sweepEndsOverdue: {
    within: scenario('a retry, a timeout', { failures: 1, timeouts: 1 }, { attempts: 2 }),
    breaks: STUCK,
  },
  sweepLooksAgainAsItTakes: {
    within: scenario('a crash, a retry', { crashes: 1, failures: 1 }, { attempts: 2 }),
    breaks: ASLEEP,
  },
  demandEpochOnMark: { within: stop, breaks: OLD_EPOCH },
  demandEpochOnShip: { within: stop, breaks: OLD_EPOCH },
  demandEpochOnCheckpoint: { within: stop, breaks: OLD_EPOCH },
  demandUnreleasedLease: {
    within: scenario('a cut COMMIT in RunLog', { runLogCuts: 1 }),
    breaks: 'a checkpoint is left once',
  },
  demandEpochOnEnd: { within: stop, breaks: OLD_EPOCH },
  touchedMarkBeforeFirstContact: { within: stopAndCrash, breaks: SHIPPED },
  raiseBeforeFirstRead: { within: stopAndLag, breaks: SHIPPED },
  raiseTakesGreatest: { within: stopAndCrash, breaks: SHIPPED },
  terminateOlderSessions: { within: stop, breaks: STUCK },
  fenceCheckedAtBatchCommit: { within: stop, breaks: AFTER_END },
  fenceLockedAtCheck: {
    within: scenario('a stop, a failure, a pooler', { stops: 1, failures: 1 }, { pooler: true }),
    breaks: SHIPPED,
  },
  predecessorUnique: { within: scenario('a cut COMMIT', { cuts: 1 }), breaks: ONCE },
  finishOpenWindowFirst: { within: scenario('a failure', { failures: 1 }), breaks: ONCE },
  thenOpenOwnWindow: {
    within: scenario('a failure', { failures: 1 }),
    breaks: 'the report equals the oracle',
  },
  enderTakesNewEpoch: { within: stopAndCancel, breaks: SHIPPED },
  epochStatementReturnsMark: { within: stopAndCancel, breaks: SHIPPED },
  enderRaisesFenceWhenTouched: { within: stopAndCancel, breaks: SHIPPED },
  successRaisesUnlessClaimRaised: { within: cutAndLag, breaks: SHIPPED },
  successNeedsAnsweredCommits: { within: cutAndLag, breaks: AFTER_END },
  successReadsAfterRaise: { within: cutAndLag, breaks: 'a SUCCESS leaves no window open' },
  shipBeforeEnd: { within: crash, breaks: SHIPPED },
  booksKeyedByBatch: { within: crash, breaks: 'the books of a batch are counted once' },
  removeAfterShip: { within: crash, breaks: SHIPPED },
  removeExactlyShipped: { within: stop, breaks: SHIPPED },
};
