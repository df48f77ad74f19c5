/** Datasets that once showed a fault, of the engine or of the oracle: played again for ever. */
import type { Dataset, Row } from './dataset.ts';

/** A row of nothing but its key. */
const row = (cells: Partial<Row['cells']>): Row => ({
  cells: {
    key_t: null,
    key_n: null,
    key_s: null,
    n: null,
    i: null,
    b: null,
    d: null,
    w: null,
    x: null,
    ...cells,
  },
  source: 'a',
  at: 2,
});

const insert = (cells: Partial<Row['cells']>, of: Partial<Row> = {}) =>
  ({ do: 'insert', row: { ...row(cells), ...of } }) as const;

export const found: ({ because: string } & Dataset)[] = [
  {
    because: 'a boolean that is not null is shown in words',
    spec: { key: ['key_n'], values: ['b'], rules: [], policies: {}, sources: [], group: 'key_n' },
    ids: ['0'],
    rounds: [{ changes: [insert({ key_n: '1', b: 't' })], legs: [], size: 1 }],
  },
];
