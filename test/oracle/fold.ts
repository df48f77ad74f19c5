/** Rows about one thing, one by one in the order of their ids: who stands in the end, and who contradicted whom. */
import type { Spec } from './dataset.ts';
import { alike, type Judged, keyOf, saysOf, stands } from './judged.ts';

type Class = 'authority_conflicts' | 'dedup_conflicts';
export type Conflict = { class: Class; key: (string | null)[]; loser: (string | null)[] };

/** Who stands after these rows, of which each meets whoever stands by then. */
export function fold(
  spec: Spec,
  standing: Judged | undefined,
  rows: readonly Judged[],
): { standing: Judged; conflicts: Conflict[] } {
  const conflicts: Conflict[] = [];
  let best = standing ?? rows[0]!;
  for (const row of rows) {
    if (row === best) continue;
    // A later version of the row that stands takes its place, whatever it says of itself.
    if (row.id === best.id) {
      best = row;
      continue;
    }
    const [winner, loser] = stands(row, best) ? [row, best] : [best, row];
    if (!alike(saysOf(spec, winner), saysOf(spec, loser)))
      conflicts.push({
        class: winner.rank === loser.rank ? 'dedup_conflicts' : 'authority_conflicts',
        key: keyOf(spec, loser),
        loser: saysOf(spec, loser),
      });
    best = winner;
  }
  return { standing: best, conflicts };
}
