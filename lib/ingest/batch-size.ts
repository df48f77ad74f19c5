/** How many rows a batch reads: as many as fit into the time that it aims at. */

const SECOND = 1000;
/** What a batch aims at; after one that took longer the next has half the rows. */
const AIM = 5 * SECOND;
const FIRST = 100_000;
/** What a batch left is shipped while the next is merged: the more it is, the longer the last of them is waited for. */
export const LARGEST = 200_000;
const SMALLEST = 1000;
const PART = { first: 12_500, largest: 50_000 };

/** The rows of a first batch; `most` is what the pipeline allows. */
export const firstSize = (most = LARGEST): number => Math.min(FIRST, most);

/** The rows of the batch after one of `size` that took `took` milliseconds. */
export function nextSize(size: number, took: number, most = LARGEST): number {
  const wanted = took > AIM ? size / 2 : took < AIM / 2 ? size * 2 : size;
  return Math.round(Math.min(most, Math.max(SMALLEST, wanted)));
}

/**
 * The rows of a reading's part of a number: few enough that one is staged while another is merged, enough to be worth their
 * tables. The first are smaller: the sooner there is something to merge.
 */
export const partRows = (number: number): number => Math.min(PART.largest, PART.first * 2 ** number);
