/** What texts mean as values of a type, word for word: no parser that could err like the database's. */

/** The types that a column of a report may have. */
export type Type = 'text' | 'bigint' | 'numeric' | 'boolean' | 'date' | 'timestamptz';

/** A text, and how the database shows it as a value; undefined: it is none. */
type Word = [text: string, shown: string | undefined];

const none = (...texts: string[]): Word[] => texts.map((text) => [text, undefined]);
const itself = (...texts: string[]): Word[] => texts.map((text) => [text, text]);
const all = (shown: string, ...texts: string[]): Word[] => texts.map((text) => [text, shown]);

/** Words beside the plain ones, by type. */
export const odd: Record<Type, Word[]> = {
  text: itself(
    ...[
      '',
      ' ',
      '\\',
      '\\N',
      '\\.',
      'tab\tand\nline\r\nand\\t',
      `it's "quoted"`,
      '$1 {x} %s',
      'null',
      'NULL',
    ],
    ...['ÄÖ ß 你好 👩‍👩‍👧', '\u202e\u0301\ufeff\u0001', 'p', 'q ', "'; drop table x --", 'long '.repeat(40)],
  ),
  bigint: [
    ...all('7', ' 7 ', '+7', '007', '0x7'),
    ...all('1000', '1_000'),
    ...all('0', '-0'),
    ...itself('9223372036854775807', '-9223372036854775808'),
    ...none('9223372036854775808', '1.0', '1e3', '', ' ', 'x', '1_', '--1', 'NaN', '１２', '1 2'),
  ],
  numeric: [
    ...all('7', ' 7 ', '+7', '7.', '007', '0x7'),
    ...all('1000', '1e3', '1_000', '1000'),
    ...all('NaN', 'NaN', 'nan'),
    ...all('Infinity', 'Infinity', 'inf', '+infinity'),
    ...all('-Infinity', '-Infinity', '-inf'),
    ...all('0', '-0'),
    ...all('0.00', '-0.00', '0.00'),
    ...all('0.5', '.5', '5e-1'),
    ...itself('7.0', '7.00', '0.500', '12345678901234567890.123456789012345678901'),
    ...none('', ' ', 'x', '1,5', '1.2.3', '--1', '1e', '0x', '1e999999', 'null', '.', '１２', 'infinite'),
  ],
  boolean: [
    ...all('true', 't', 'true', 'TRUE', ' yes ', 'on', '1', 'y', 'tru'),
    ...all('false', 'f', 'false', 'off', 'of', 'no', '0', 'fal', 'N'),
    ...none('', 'o', '2', 'maybe', 'truely', 'null', 't f'),
  ],
  date: [
    ...all('2024-02-29', '20240229', 'Feb 29 2024', '2024-02-29 12:00', ' 2024-02-29 ', '2024-2-29'),
    ...all('1970-01-01', 'epoch'),
    ...all('1999-01-08', 'J2451187'),
    ...itself('infinity', '-infinity', '0044-03-15 BC', '0001-01-01', '99999-01-01'),
    ...none('2023-02-29', '2024-13-01', '2024-02-30', '0000-01-01', '', 'x', '2024', '31.12.'),
    // They mean another day at each reading.
    ...none('today', 'tomorrow', 'Yesterday', 'now'),
  ],
  timestamptz: [
    ...all(
      '2026-01-31 06:00:00+00',
      ...['2026-01-31T07:00:00+01:00', '2026-01-31 06:00Z', 'Jan 31 2026 06:00', '20260131T060000Z'],
    ),
    ...all('2026-02-01 00:00:00+00', '2026-01-31 24:00:00', '2026-01-31 23:59:60', '2026-02-01'),
    ...all('2026-01-01 00:00:00.123457+00', '2026-01-01 00:00:00.1234567', '2026-01-01 00:00:00.123457Z'),
    ...all('1970-01-01 00:00:00+00', 'epoch'),
    ...itself('infinity', '-infinity', '0044-03-15 12:00:00+00 BC'),
    ...none('2026-02-30', '2026-01-31 25:00', '2026-01-31 06:00:00+17', '', 'x', '06:00', '2026-01-31 06:61'),
    ...none('now', 'Today 12:00', ' yesterday', 'tomorrow'),
  ],
};

/** Words that keys are made of: few, some of them alike. */
export const keys = {
  text: itself('p', 'q', 'p ', 'P', '\\N', ''),
  numeric: [...all('1', '1', ' 1', '1e0'), ...itself('1.0', '2', 'NaN')],
  timestamptz: [
    ...all('2026-01-01 00:00:00+00', '2026-01-01', '2026-01-01T01:00:00+01', '2025-12-31 24:00'),
    ...all('2026-01-02 00:00:00+00', '2026-01-02 00:00:00+00'),
  ],
} satisfies Partial<Record<Type, Word[]>>;

const known = new Map<Type, Map<string, string | undefined>>(
  Object.entries(odd).map(([type, words]) => [type as Type, new Map(words)]),
);
for (const [type, words] of Object.entries(keys))
  for (const [text, shown] of words) known.get(type as Type)?.set(text, shown);

/** How a text is shown as a value; undefined when it is none. A text that is no known word is plain: it is shown as it is. */
export function shownAs(type: Type, text: string): string | undefined {
  if (type === 'text') return text;
  const words = known.get(type);
  return words?.has(text) ? words.get(text) : text;
}
