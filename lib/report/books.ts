/** Books: read = written + unchanged + deduped + rejected + failed, each term counted by the statement that did it. */

export type Books = {
  read: number;
  written: number;
  unchanged: number;
  deduped: number;
  rejected: number;
  failed: number;
  /** Why rows were rejected: rule → rows. */
  rejected_by: Record<string, number>;
  /** Beside the sum: rows that broke a rule which only warns, among those not rejected; and by which. */
  warned: number;
  warned_by: Record<string, number>;
  /** Beside the sum: rows among the rejected that are kept whole. */
  quarantined: number;
  /** How many identities were noted: class → identities. */
  evidence: Record<string, number>;
};

export const emptyBooks = (): Books => ({
  read: 0,
  written: 0,
  unchanged: 0,
  deduped: 0,
  rejected: 0,
  failed: 0,
  rejected_by: {},
  warned: 0,
  warned_by: {},
  quarantined: 0,
  evidence: {},
});

/** Adds the books of a part to a sum. */
export function addBooks(sum: Books, { rejected_by, warned_by, evidence, ...terms }: Books): void {
  for (const [name, count] of Object.entries(terms)) sum[name as keyof typeof terms] += count;
  addEach(sum.rejected_by, rejected_by);
  addEach(sum.warned_by, warned_by);
  addEach(sum.evidence, evidence);
}

function addEach(sum: Record<string, number>, part: Record<string, number>): void {
  for (const [name, count] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + count;
}
