/** Datasets that once showed a fault, of the engine or of the oracle: played again for ever. */
import type { Dataset, Row, Spec } from './dataset.ts';

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

const edit = (
  nth: number,
  { cells, ...of }: Partial<Omit<Row, 'cells'>> & { cells?: Partial<Row['cells']> },
) => ({ do: 'edit', nth, row: { ...of, ...(cells && { cells }) } }) as const;

const keyOnly = {
  key: ['key_n'],
  values: [],
  rules: [],
  policies: {},
  sources: [],
  group: 'key_n',
} satisfies Spec;

export const found: ({ because: string } & Dataset)[] = [
  {
    because: 'a boolean that is not null is shown in words',
    spec: { ...keyOnly, values: ['b'] },
    ids: ['0'],
    rounds: [{ changes: [insert({ key_n: '1', b: 't' })], legs: [], size: 1 }],
  },
  {
    because:
      'a number in a key is shown as the winner wrote it, though it replaced one that was written otherwise',
    spec: keyOnly,
    ids: ['1', '2'],
    rounds: [{ changes: [insert({ key_n: '1.0' }), insert({ key_n: '1' })], legs: [], size: 1 }],
  },
  {
    because: 'a number that is edited into an equal one with other digits is no change',
    spec: { ...keyOnly, values: ['n'] },
    ids: ['1'],
    rounds: [
      { changes: [insert({ key_n: '1.0', n: '7' })], legs: [], size: 1 },
      { changes: [edit(0, { cells: { key_n: '1' } })], legs: [], size: 1 },
      { changes: [edit(0, { cells: { n: '7.00' } })], legs: [], size: 1 },
    ],
  },
  {
    because:
      'a row that stands is outdated by a new version of itself that comes with a rival, even by a worse one',
    spec: keyOnly,
    ids: ['16', '2'],
    rounds: [
      { changes: [insert({ key_n: '1' }), insert({ key_n: '1' }, { at: 0 })], legs: [], size: 1 },
      { changes: [edit(0, { at: 0 }), edit(1, { at: 2 })], legs: [], size: 2 },
    ],
  },
];
