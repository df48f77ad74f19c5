/** Random datasets. */
import * as fc from 'fast-check';
import {
  type Change,
  type Dataset,
  type Edit,
  instants,
  type Leg,
  type Policy,
  type Row,
  type Spec,
  types,
  type Way,
} from './dataset.ts';
import { type ColumnName, rules } from './rules.ts';
import { keys, odd, type Type } from './words.ts';

const digit = fc.integer({ min: 0, max: 9 }).map(String);
const plain: Record<Type, fc.Arbitrary<string>> = {
  text: fc.constantFrom('a', 'b', 'ab c', 'abcd', 'p', 'A1'),
  bigint: fc.integer({ min: -3, max: 8 }).map(String),
  numeric: fc.oneof(
    fc.integer({ min: -2, max: 120 }).map(String),
    fc.tuple(fc.integer({ min: 0, max: 9 }), digit).map(([whole, part]) => `${whole}.${part}`),
  ),
  boolean: fc.constantFrom('t', 'f'),
  date: digit.map((day) => `2026-01-1${day}`),
  timestamptz: digit.map((hour) => `2026-01-10 0${hour}:00:00+00`),
};

const wordOf = (words: readonly (readonly [string, string | undefined])[]) =>
  fc.constantFrom(...words.map(([text]) => text));
const cellOf = (type: Type): fc.Arbitrary<string | null> =>
  fc.oneof(
    { weight: 30, arbitrary: plain[type] },
    { weight: 2, arbitrary: wordOf(odd[type]) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
const keyOf = (type: keyof typeof keys): fc.Arbitrary<string | null> =>
  fc.oneof(
    { weight: 30, arbitrary: wordOf(keys[type]) },
    { weight: 1, arbitrary: wordOf(odd[type]) },
    { weight: 1, arbitrary: fc.constant(null) },
  );

const cellsByName = {
  key_t: keyOf('text'),
  key_n: keyOf('numeric'),
  key_s: keyOf('timestamptz'),
  n: cellOf('numeric'),
  i: cellOf('bigint'),
  b: cellOf('boolean'),
  d: cellOf('date'),
  w: cellOf('timestamptz'),
  x: cellOf('text'),
};
const cells: fc.Arbitrary<Row['cells']> = fc.record(cellsByName);
const source = fc.constantFrom('a', 'a', 'b', 'c', 'stranger', null);
const at = fc.nat({ max: instants.length - 1 });
const row: fc.Arbitrary<Row> = fc.record({ cells, source, at });

/** Some cells of a row changed, or who said it, or when. */
const edited: fc.Arbitrary<Edit> = fc.record(
  { cells: fc.record(cellsByName, { requiredKeys: [] }), source, at },
  { requiredKeys: [] },
);

const nth = fc.nat({ max: 30 });
const inserts = fc.array(
  row.map((row): Change => ({ do: 'insert', row })),
  { minLength: 1, maxLength: 12 },
);
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('insert' as const), row }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('edit' as const), nth, row: edited }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), nth }) },
);

const size = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(7, 100));
const leg: fc.Arbitrary<Leg> = fc.record(
  {
    worker: fc.constantFrom(0, 1),
    size,
    cut: fc.record({
      batches: fc.integer({ min: 1, max: 3 }),
      how: fc.constantFrom('pause', 'before', 'after'),
    }),
    zombie: fc.boolean(),
    anew: fc.boolean(),
  },
  { requiredKeys: ['worker', 'size', 'zombie', 'anew'] },
);
const legs = fc.array(leg, { maxLength: 3 });
const way: fc.Arbitrary<Way> = fc.record({ legs: fc.array(leg, { maxLength: 3 }), size });

/** A way for each of the rounds that there may be. */
export const ways: fc.Arbitrary<Way[]> = fc.array(way, { minLength: 3, maxLength: 3 });

const rounds: fc.Arbitrary<Dataset['rounds']> = fc
  .tuple(
    fc.record({ changes: inserts, legs, size }),
    fc.array(fc.record({ changes: fc.array(change, { minLength: 1, maxLength: 8 }), legs, size }), {
      maxLength: 2,
    }),
  )
  .map(([first, later]) => [first, ...later]);

const names = Object.keys(types) as ColumnName[];
const isKey = (name: ColumnName): name is 'key_t' | 'key_n' | 'key_s' => name.startsWith('key_');
const subarray = (of: readonly ColumnName[], minLength = 0) => fc.subarray([...of], { minLength });

const spec: fc.Arbitrary<Spec> = fc
  .record({
    key: subarray(names.filter(isKey), 1),
    values: subarray(names.filter((name) => !isKey(name))),
    rules: fc.array(fc.nat({ max: rules.length - 1 }), { minLength: 4, maxLength: 14 }),
    sources: fc.shuffledSubarray(['a', 'b', 'c']),
    policies: fc.array(fc.constantFrom<Policy>('reject', 'reject', 'warn', 'quarantine'), {
      minLength: 10,
      maxLength: 10,
    }),
    group: fc.constantFrom<ColumnName>('key_t', 'key_s', 'i', 'b', 'd', 'w', 'x'),
  })
  .map((made) => {
    const columns = new Set([...made.key, ...made.values]);
    const chosen = rules.filter(
      ({ of }, i) => made.rules.includes(i) && of.every((name) => columns.has(name)),
    );
    const group = columns.has(made.group) ? made.group : made.key[0]!;
    const named = [...chosen.map(({ name }) => name), ...made.values.map((name) => `cast.${name}`)];
    const judged = named
      .filter((name) => !isCastOfText(name))
      .map((name, i) => [name, made.policies[i % 10]!]);
    const policies: Spec['policies'] = Object.fromEntries(judged);
    return { ...made, rules: chosen.map(({ name }) => name), policies, group };
  });

const isCastOfText = (name: string) => name === 'cast.x';

/** Source ids in no order; some at the ends of what ids may be. */
const ids = fc.shuffledSubarray(
  [
    ...Array.from({ length: 30 }, (_, i) => String(i - 3)),
    ...['-9223372036854775807', '9007199254740993', '9223372036854775807'],
  ],
  { minLength: 33 },
);

export const dataset: fc.Arbitrary<Dataset> = fc.record({ spec, ids, rounds });
