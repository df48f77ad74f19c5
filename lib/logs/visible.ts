/** Text from outside (error messages, log lines, names) as people may read it on a line of its own. */

/** Control characters, what reorders or hides text, and halves of characters: all that a reader would not see. */
export const UNSEEN =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line in which everything that could move the cursor, colour or hide text stands as a visible escape. */
export const visible = (text: string): string => text.replaceAll(UNSEEN, escaped);

/** A character as JSON escapes it, in units of 16 bits. */
export const units = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
    .join('');

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return NAMED[character] ?? (code > 0xff ? `\\u${hex(code, 4)}` : `\\x${hex(code, 2)}`);
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
