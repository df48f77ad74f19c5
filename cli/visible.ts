/** Text from outside (error messages, log lines, names) as a terminal may show it. */

import { UNSEEN, units, visible } from '../lib/logs/visible.ts';

export { visible };

/** The same, with the line breaks kept. */
export function visibleLines(text: string): string[] {
  return text.split(/\r?\n/).map(visible);
}

/** JSON that is safe on a terminal and means the same: what JSON leaves as it is becomes \uXXXX. */
export function visibleJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent)
    .split('\n')
    .map((line) => line.replaceAll(UNSEEN, units))
    .join('\n');
}

const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\uff01-\uff60\uffe0-\uffe6\u3000-\u303f]/u;
const graphemes = new Intl.Segmenter('en');

/** How many columns of a terminal a text takes. */
export function width(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** At most so many characters, with a sign where something was left out. */
export function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
