/** Places in a list that is ordered from high to low keys, and the way from them to the neighbouring pages. */

/** Which keys a page takes, seen from its place: `<` goes on down the list, `>` back up. */
export const WAYS = ['<', '<=', '>', '>='] as const;
type Way = (typeof WAYS)[number];

export type Place<K> = { way: Way; key: K };

export type Neighbours<K> = { next: Place<K> | undefined; prev: Place<K> | undefined };

/** Whether the rows from here on are read upwards, lowest key first. */
export const goesUp = (place: Place<unknown> | undefined) => place?.way === '>' || place?.way === '>=';

/** How a list whose newest row is first is ordered for a page from here on. */
export const newestFirst = (place: Place<unknown> | undefined) => (goesUp(place) ? 'asc' : 'desc');

/** Places are those of a list that goes down; one that goes up is its mirror. */
export const MIRROR = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** The other side of a place: what it takes, this leaves, and nothing else. */
const OTHER_SIDE = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;

/**
 * A page of what was read from its place on, one row more than the page when there are more; in the order of the list
 * whichever way it was read. `edge` is the last key that was looked at, where the search was broken off.
 */
export function cutPage<R, K>(
  read: readonly R[],
  {
    limit,
    place,
    keyOf,
    edge,
  }: { limit: number; place?: Place<K> | undefined; keyOf: (row: R) => K; edge?: K | undefined },
): Neighbours<K> & { rows: R[] } {
  const up = goesUp(place);
  const rows = read.slice(0, limit);
  const [first, last] = [rows[0], rows.at(-1)];
  const end = read.length > limit && last !== undefined ? keyOf(last) : edge;
  const onward: Place<K> | undefined = end !== undefined ? { way: up ? '>' : '<', key: end } : undefined;
  let back: Place<K> | undefined;
  if (place && first !== undefined) back = { way: up ? '<' : '>', key: keyOf(first) };
  else if (place) back = { way: OTHER_SIDE[place.way], key: place.key };
  return up ? { rows: rows.reverse(), next: back, prev: onward } : { rows, next: onward, prev: back };
}
