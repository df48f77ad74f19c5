/** The protocol's clocks, which hold only together. */

const SECOND = 1000;

/** A slice gives way by itself after this. */
export const SLICE = 20 * SECOND;
/** Whatever a slice still does is aborted here. */
export const HARD_STOP = 25 * SECOND;
/** A task that has not heeded its signal by then is left behind. */
export const GRACE = 2 * SECOND;
/** Knative gives a delivery up after this. */
export const DELIVERY_TIMEOUT = 30 * SECOND;
/** The right to work without renewing. */
export const LEASE = 30 * SECOND;
/** The same as SQL says it. */
export const LEASE_INTERVAL = `${LEASE / SECOND} seconds`;
export const RENEW_EVERY = 10 * SECOND;
/** How often a slice looks whether its run is to be cancelled. */
export const LOOK_EVERY = SECOND;
/** Redeliveries: 6, exponential from 1 s. */
export const REDELIVERY = (2 ** 6 - 1) * SECOND;
export const SERVICE_TIMEOUT = 60 * SECOND;
/** A host that was asked to stop gives slices this long to reach a point where they may pause. */
export const DRAIN = 7 * SECOND;
/** This many deaths of its workers end a run. */
export const DEATHS = 3;
/** This many slices in a row without progress fail an attempt. */
export const IDLE_SLICES = 2;
/** Work that cannot reach the report database for this long is told as blocked. */
export const BLOCKED_AFTER = 5 * 60 * SECOND;
/** Blocked work pauses for as long as it has been blocked, between these. */
export const BLOCKED_PAUSE = '5 seconds';
export const LONGEST_BLOCKED_PAUSE = '60 seconds';

/** Refuses numbers that do not hold together; called at start. */
export function checkNumbers(): void {
  const faults = [
    SLICE < HARD_STOP || 'a slice must end before its hard stop',
    HARD_STOP + GRACE < DELIVERY_TIMEOUT || 'the hard stop must come before the delivery times out',
    DELIVERY_TIMEOUT < SERVICE_TIMEOUT || 'a delivery must time out before the service does',
    3 * RENEW_EVERY <= LEASE || 'a lease must outlive two failed renewals',
    LEASE + HARD_STOP < REDELIVERY || 'redelivery must go on until a dead lease has expired',
  ].filter((fault) => fault !== true);
  if (faults.length > 0) throw new Error(`The protocol's numbers contradict: ${faults.join('; ')}.`);
}
