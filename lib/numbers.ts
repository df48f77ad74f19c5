/** Numbers for people. */

/** `1,234,567`. */
export const count = (n: number): string => n.toLocaleString('en-US');

/** `1 slot`, `3 slots`. */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;
