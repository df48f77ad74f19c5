/** Rows may be long, and memory is little: what is read at once is bound in bytes, too. */

/** About so many bytes one reading brings. */
export const HEAVIEST = 4 * 2 ** 20;

/**
 * SQL of two columns over rows in the order in which they come, whose sizes in bytes an expression tells: `ks_within`, true
 * of the first ones up to that which makes it too much, and `ks_full`, true of that one.
 */
export function weighed(size: string): string {
  const soFar = `sum(${size}) over (rows unbounded preceding)`;
  return `${soFar} - ${size} < ${HEAVIEST} as ks_within, ${soFar} >= ${HEAVIEST} as ks_full`;
}
