/** Text from outside (error messages, log lines, names) as a terminal may show it. */

/** Control characters, what reorders or hides text, and halves of characters: all that a reader would not see. */
const UNSEEN =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line in which everything that could move the cursor, colour or hide text stands as a visible escape. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, escaped);
}

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

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return NAMED[character] ?? (code > 0xff ? `\\u${hex(code, 4)}` : `\\x${hex(code, 2)}`);
}

/** JSON knows only escapes of 16 bits. */
function units(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
    .join('');
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');

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
