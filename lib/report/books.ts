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
};

export const emptyBooks = (): Books => ({
  read: 0,
  written: 0,
  unchanged: 0,
  deduped: 0,
  rejected: 0,
  failed: 0,
  rejected_by: {},
});
