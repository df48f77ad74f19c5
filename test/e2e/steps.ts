import curl from './steps/curl.ts';
import dispatcherDeleted from './steps/dispatcher-deleted.ts';
import failure from './steps/failure.ts';
import fromZero from './steps/from-zero.ts';
import job from './steps/job.ts';
import ledger from './steps/ledger.ts';
import network from './steps/network.ts';
import newRevision from './steps/new-revision.ts';
import pingSource from './steps/ping-source.ts';
import podKilled from './steps/pod-killed.ts';
import poison from './steps/poison.ts';
import rights from './steps/rights.ts';
import type { Step } from './tally.ts';

/** The steps in their order; the last one looks at what all before it left. */
export const steps: readonly Step[] = [
  rights,
  network,
  curl,
  failure,
  poison,
  podKilled,
  dispatcherDeleted,
  newRevision,
  job,
  fromZero,
  pingSource,
  ledger,
];
