/** Four for each connection of the pool: none of them waits long enough to give up on it. */
const AT_ONCE = 16;

/** Those that are at it for one owner, and those that stand in line. */
type Line = { going: number; next: (() => void)[] };

const lines = new WeakMap<object, Line>();

/**
 * Does work when few are at it for the same owner, in the order of coming. A host takes many callers who
 * only wait; were they all to begin at once, most would give up on a connection of the small pool.
 */
export async function inLine<T>(owner: object, work: () => Promise<T>, atOnce = AT_ONCE): Promise<T> {
  const line = lines.get(owner) ?? { going: 0, next: [] };
  lines.set(owner, line);
  if (line.going < atOnce) line.going++;
  else await new Promise<void>((resolve) => line.next.push(resolve));
  try {
    return await work();
  } finally {
    const next = line.next.shift();
    if (next) next();
    else line.going--;
  }
}
