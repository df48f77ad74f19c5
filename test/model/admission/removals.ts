/** For each clause: the bounds in which its removal is seen, and the property that is then broken. */
import type { Removal } from '../study.ts';
import type { Clause } from './clauses.ts';
import * as breaks from './properties.ts';
import { backfill, endless, person, replay, scenario, slot } from './scenarios.ts';
import type { Bounds } from './state.ts';

const twoSlots = scenario('two slots', [slot('queue-all'), slot('queue-all')]);
const twoPeople = scenario('two wishes that skip', [person('skip'), person('skip')]);
const queued = scenario('two wishes that queue', [person('queue-all'), person('queue-all')]);
const catchingUp = scenario('two slots, all asked for', [slot('queue-all'), slot('queue-all')], {
  misfire: 'all',
});
const endlessThenSlot = scenario('an endless run, a slot', [slot('queue'), endless(person('queue-all'))]);
const replaced = scenario('a run, replaced', [person('queue-all'), person('replace')]);
const threePeople = (last: 'queue' | 'replace') => [person('queue-all'), person('queue'), person(last)];
const pausedSlots = scenario('a pause', [slot('queue-all'), slot('queue-all'), person('queue-all')], {
  pauses: 1,
});
const threeBackfilled = scenario('a backfill of three', [backfill(1), backfill(2), backfill(3)]);
const slotBesideBackfill = scenario('a slot, a backfill of two', [
  slot('queue-all'),
  backfill(1),
  backfill(2),
]);

export const REMOVALS: Readonly<Record<Clause, Removal<Clause, Bounds>>> = {
  lockPipelineFirst: { within: twoPeople, breaks: breaks.SKIP },
  oneLiveIndex: { within: queued, breaks: breaks.ONE_LIVE, together: ['lockPipelineFirst'] },
  everyTickPlansAll: { within: twoSlots, breaks: breaks.STUCK },
  oldestFirst: { within: catchingUp, breaks: breaks.IN_ORDER },
  slotIdIsItsInstant: {
    within: scenario('a change of the schedule', [slot('queue-all')], { changes: 1 }),
    breaks: breaks.ONE_RUN,
  },
  plannedUntilMoves: {
    within: scenario('retention', [slot('queue-all')], { deletions: 1 }),
    breaks: breaks.ASKED_ONCE,
    together: ['retentionBehindPlanning'],
  },
  retentionBehindPlanning: {
    within: scenario('retention, a change of the schedule', [slot('queue-all')], {
      deletions: 1,
      changes: 1,
    }),
    breaks: breaks.ASKED_ONCE,
  },
  missedToldWithIt: {
    within: scenario('a slot, a crash', [slot('queue-all')], { crashes: 1 }),
    breaks: breaks.TOLD,
  },
  waitingExpires: { within: endlessThenSlot, breaks: breaks.STUCK },
  endAdmitsNext: { within: queued, breaks: breaks.NEXT_TICK, together: ['tickAdmits'] },
  tickAdmits: { within: queued, breaks: breaks.NEXT_TICK, together: ['endAdmitsNext'] },
  lanesSideBySide: {
    within: scenario('two lanes, a slot that skips', [slot('skip'), person('queue-all', 1)]),
    breaks: breaks.FOREIGN,
  },
  skipDrops: { within: twoPeople, breaks: breaks.SKIP },
  queueKeepsNewest: { within: scenario('three that queue', threePeople('queue')), breaks: breaks.QUEUE },
  replaceCancelsLive: { within: replaced, breaks: breaks.REPLACED },
  replaceGoesFirst: {
    within: scenario('one that waits, one that replaces', [
      slot('queue-all'),
      person('queue-all'),
      person('replace'),
    ]),
    breaks: breaks.REPLACES,
  },
  ownKindOnly: {
    within: scenario('a slot that queues', [slot('queue'), person('queue-all'), person('queue-all')]),
    breaks: breaks.PROMISED,
  },
  sameKeySameRun: {
    within: scenario('a key used again', [person('queue-all')], { repeats: 1 }),
    breaks: breaks.ONE_RUN,
  },
  replayAfterEnd: {
    within: scenario('a replay in a lane of its own', [person('queue-all'), replay(0, 1)]),
    breaks: breaks.AGAIN,
  },
  cancelEndsWaiting: {
    within: scenario('a cancel', [person('queue-all'), person('queue-all')], { cancels: 1 }),
    breaks: breaks.WITHDRAWN,
  },
  pauseSkipsWaiting: { within: pausedSlots, breaks: breaks.PAUSED },
  pauseByHistory: { within: pausedSlots, breaks: breaks.CALENDAR },
  pauseSkipsOverdue: { within: pausedSlots, breaks: breaks.PAUSED },
  pauseHoldsSlotsAlone: { within: pausedSlots, breaks: breaks.NEXT_TICK },
  pauseBeforeAdmit: {
    within: scenario('a failure that pauses', [slot('queue-all'), slot('queue-all')], {
      pauseAfter: 1,
      failures: 1,
    }),
    breaks: breaks.PAUSED,
  },
  backfillKeepsConcurrency: { within: threeBackfilled, breaks: breaks.CONCURRENCY },
  backfillsApartFromLanes: { within: slotBesideBackfill, breaks: breaks.NEXT_TICK },
  namesakeGoesFirst: {
    within: scenario('a namesake', [person('queue-all', 1), person('queue-all', 1), backfill(1)]),
    breaks: breaks.REFUSED,
  },
  backfillEndsWithLast: { within: threeBackfilled, breaks: breaks.STUCK },
};
