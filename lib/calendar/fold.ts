/** Slots that are alike and follow each other, taken together, so that the others are seen. */

/** From so many on. */
const FOLD = 4;

type Foldable = {
  slot: unknown;
  timezone: string;
  state: string;
  late: boolean;
  status?: string | null | undefined;
  why?: string | null | undefined;
  duration_ms?: number | null | undefined;
  reruns: readonly unknown[];
};

export type Fold<T> = { first: T; last: T; rows: readonly T[] };

/** Groups neighbours that ended alike; what was run again stands alone, and so do times without slots. */
export function foldSlots<T extends Foldable>(slots: readonly T[]): Fold<T>[] {
  const groups: [T, ...T[]][] = [];
  for (const slot of slots) {
    const group = groups.at(-1);
    if (group && alike(group[0], slot)) group.push(slot);
    else groups.push([slot]);
  }
  return groups.flatMap((group) => (group.length >= FOLD ? [together(group)] : group.map(alone)));
}

/** One slot as a group. */
export const alone = <T>(slot: T): Fold<T> => ({ first: slot, last: slot, rows: [slot] });

const together = <T>(rows: readonly [T, ...T[]]): Fold<T> => ({
  first: rows[0],
  last: rows.at(-1) ?? rows[0],
  rows,
});

function alike(a: Foldable, b: Foldable): boolean {
  if (a.state === 'none' || a.reruns.length > 0 || b.reruns.length > 0) return false;
  // How late each was differs; that they were does not.
  const why = a.late || a.why === b.why;
  return (
    why && a.state === b.state && a.status === b.status && a.late === b.late && a.timezone === b.timezone
  );
}

/** How long such runs take: the middle one; undefined when none ran. */
export function typicalTime(rows: readonly Pick<Foldable, 'duration_ms'>[]): number | undefined {
  const times = rows.flatMap((row) => row.duration_ms ?? []).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}
