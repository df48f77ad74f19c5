/** Values of each type as COPY may carry them: right ones, nearly right ones, and such as have fooled parsers. */
import * as fc from 'fast-check';
import type { provable } from '../../../lib/ingest/provable.ts';

type Type = keyof typeof provable;

const digits = (most: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: most });
const twoDigits = (most: number) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0')) },
    { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
  );
const sign = fc.constantFrom('', '', '-', '+', '--', ' -');
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''));

const day = joined(
  fc.oneof(
    fc.integer({ min: 0, max: 9999 }).map((n) => String(n).padStart(4, '0')),
    fc.constantFrom('1900', '2000', '2024', '0000', '0001', '9999', '10000', '294277', '-001'),
  ),
  fc.constantFrom('-', '-', '-', '/', ''),
  twoDigits(13),
  fc.constantFrom('-', '-', '-', '.', ' '),
  twoDigits(32),
  fc.constantFrom('', '', '', '', ' BC', ' AD', 'x'),
);
const instant = joined(
  day,
  fc.constantFrom(' ', ' ', 'T', 't', '  ', ''),
  twoDigits(25),
  fc.constantFrom(':', ':', ':', '.'),
  twoDigits(61),
  fc.constantFrom(':', ':', ':', ''),
  twoDigits(61),
  fc.oneof(
    fc.constant(''),
    digits(8).map((text) => `.${text}`),
  ),
  fc.oneof(
    fc.constantFrom(
      '',
      'Z',
      'z',
      ' UTC',
      '+00',
      '-16',
      '+15:59',
      '+15:60',
      '+1',
      '+00:00:00',
      '+0530',
      '.',
      'Zulu',
    ),
    joined(fc.constantFrom('+', '-'), twoDigits(17), fc.constantFrom('', ':'), twoDigits(61)),
  ),
);
const words = fc.constantFrom(
  ...[
    '',
    ' ',
    'NaN',
    'nan',
    'Infinity',
    '-Infinity',
    'inf',
    'epoch',
    'now',
    'today',
    'allballs',
    'null',
    'NULL',
  ],
  ...[
    '0x1F',
    '0b1',
    '0o7',
    '1_000',
    '1e5',
    '1E-5',
    '1e999999',
    '.',
    '-',
    '+',
    '1.',
    '.5',
    '-.5',
    '1..2',
    '１２',
  ],
  ...['t', 'f', 'true', 'false', 'TRUE', 'tru', 'yes', 'on', '1', '0', 'of', 'T', ' true', 'true '],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '999999999999999999'],
  ...['2023-02-29', '2024-02-29', '1900-02-29', '2000-02-29', '0000-01-01', '2024-13-01', '2024-00-10'],
);
const anything = fc.oneof(words, fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 40 }));

/** As databases write them, changed in one place or in none. */
const nearlyRight = (form: RegExp) =>
  fc
    .tuple(fc.stringMatching(form), fc.nat(30), fc.oneof(fc.constant(undefined), fc.string({ maxLength: 2 })))
    .map(([text, at, change]) =>
      change === undefined ? text : text.slice(0, at) + change + text.slice(at + 1),
    );
const DAY = '(19|20)\\d\\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])';
const TIME = '([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?';

const likely: Record<Type, fc.Arbitrary<string>> = {
  text: anything,
  bigint: joined(sign, digits(21)),
  numeric: joined(sign, digits(30), fc.constantFrom('', '.', '.'), digits(30)),
  boolean: words,
  date: fc.oneof(day, nearlyRight(new RegExp(`^${DAY}$`))),
  timestamptz: fc.oneof(instant, nearlyRight(new RegExp(`^${DAY}[ T]${TIME}(Z|[+-]\\d\\d(:[0-5]\\d)?)$`))),
};

/** NUL cannot be a part of any text of PostgreSQL. */
export const valuesOf = (type: Type): fc.Arbitrary<string> =>
  fc
    .oneof({ weight: 4, arbitrary: likely[type] }, { weight: 1, arbitrary: anything })
    .map((text) => text.replaceAll('\0', ''));
