/** An oracle of conflicts: the rows of each key as if they came one by one. It knows nothing of batches. */

export type FeedRow = { id: number; thing: string | null; value: string; source: string; at: number };

/** Which row stands for each thing. */
export type Standing = Map<string, FeedRow>;

const SOURCES = ['a', 'b'];
const rankOf = ({ source }: FeedRow) => (SOURCES.indexOf(source) + SOURCES.length + 1) % (SOURCES.length + 1);
const isNumber = (text: string) => /^-?\d+(\.\d+)?$/.test(text);

const isBetter = (one: FeedRow, other: FeedRow) =>
  rankOf(one) - rankOf(other) || other.at - one.at || other.id - one.id;

/** What is noted of rows that come in this order, as `class thing value`, by what lost. */
export function meet(standing: Standing, rows: readonly FeedRow[]): Set<string> {
  const noted = new Map<string, string>();
  for (const row of rows) {
    if (row.thing === null || !isNumber(row.value) || Number(row.value) < 0) continue;
    const stands = standing.get(row.thing);
    if (!stands || stands.id === row.id) {
      standing.set(row.thing, row);
      continue;
    }
    const [winner, loser] = isBetter(row, stands) < 0 ? [row, stands] : [stands, row];
    standing.set(row.thing, winner);
    if (Number(winner.value) === Number(loser.value)) continue;
    const what = `${loser.thing} ${Number(loser.value)}`;
    if (!noted.has(what))
      noted.set(what, rankOf(winner) === rankOf(loser) ? 'dedup_conflicts' : 'authority_conflicts');
  }
  return new Set([...noted].map(([what, of]) => `${of} ${what}`));
}
