/** C0 without tab and newline, DEL, C1. */
const CONTROL = /[^\P{Cc}\t\n]/gu;
/** Characters that turn the direction of what surrounds them, or that end lines unseen. */
const UNSEEN = /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Foreign text in which nothing acts without being seen; markup is another matter. */
export function harmlessText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(CONTROL, controlPicture)
    .replaceAll(UNSEEN, codePoint);
}

const controlPicture = (char: string) => {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : code === 0x7f ? '\u2421' : codePoint(char);
};
const codePoint = (char: string) => `\\u${char.codePointAt(0)?.toString(16).padStart(4, '0')}`;
