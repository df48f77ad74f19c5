/** The oracle's roll-up: counts and sums of the report's rows by group. */
import type { Spec } from './dataset.ts';
import { alike, type Judged } from './judged.ts';
import type { Books, Report } from './predict.ts';
import { sum } from './value.ts';

/** Its rows as they are shown, by group. */
export type Summary = Map<string, (string | null)[]>;

const groupOf = ({ group }: Spec, { cells }: Judged) => {
  const cell = cells[group];
  return cell?.is === 'value' ? cell.value.same : undefined;
};

/** Notes the group of a row that comes or goes, when it has one. */
export function touch(spec: Spec, row: Judged, touched: Set<string>): void {
  const group = groupOf(spec, row);
  if (group !== undefined) touched.add(group);
}

/** Brings the touched groups up to date; says how many changed. */
export function summarise(
  spec: Spec,
  report: Report,
  touched: ReadonlySet<string>,
  summary: Summary,
): Pick<Books, 'read' | 'written' | 'unchanged'> {
  const books = { read: touched.size, written: 0, unchanged: 0 };
  for (const group of touched) {
    const rows = [...report.values()].filter((row) => groupOf(spec, row) === group);
    const before = summary.get(group);
    const after = rows.length > 0 ? [group, String(rows.length), total(rows)] : undefined;
    books[alike(before, after) ? 'unchanged' : 'written']++;
    if (after) summary.set(group, after);
    else summary.delete(group);
  }
  return books;
}

/** The sum of the numbers; null when there is none. */
function total(rows: readonly Judged[]): string | null {
  const numbers = rows.flatMap(({ cells: { n } }) => (n?.is === 'value' ? [n.value.shown] : []));
  return numbers.length === 0 ? null : sum(numbers);
}
