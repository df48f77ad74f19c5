/** Aggregates of a roll-up that are its group's number at its first or last time, without sorting the rows. */

/** SQL of the number that the row with the earliest time has; of several the least. Rows without a time do not count. */
export const first = (number: string, time: string): string => at('min', number, time);

/** SQL of the number that the row with the latest time has; of several the greatest. Rows without a time do not count. */
export const last = (number: string, time: string): string => at('max', number, time);

/** Arrays are compared by their first element: so the least of them is the earliest. */
const at = (outermost: 'min' | 'max', number: string, time: string) =>
  `(${outermost}(array[extract(epoch from ${time}), ${number}]) filter (where ${time} is not null))[2]`;
