/** Pages as text: whatever is put into an `html` template is escaped, unless it is such a template itself. */

const MARKUP = Symbol('markup');

/** Text that may stand in a page as it is. */
export type Html = { readonly [MARKUP]: string };

type Piece = Html | string | number | false | null | undefined | readonly Piece[];

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** C0 without tab and newline, DEL, C1. */
const CONTROL = /[^\P{Cc}\t\n]/gu;
/** Characters that turn the direction of what surrounds them, or that end lines unseen. */
const UNSEEN = /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

const controlPicture = (char: string) => {
  const code = char.codePointAt(0)!;
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : code === 0x7f ? '\u2421' : codePoint(char);
};
const codePoint = (char: string) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`;

/** Foreign text made harmless: no markup, and nothing that acts without being seen. */
function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(CONTROL, controlPicture)
    .replaceAll(UNSEEN, codePoint)
    .replaceAll(/[&<>"']/g, (char) => entities[char]!);
}

/** A piece of a page. Attribute values stand in quotes. */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Html {
  return { [MARKUP]: strings.reduce((page, text, i) => page + render(pieces[i - 1]) + text) };
}

/** Lets a constant of ours into a page unescaped; never for anything that was read. */
export const trusted = (text: string): Html => ({ [MARKUP]: text });

/** The text of a page. */
export const markup = (page: Html): string => page[MARKUP];

function render(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return '';
  if (typeof piece === 'string') return escapeText(piece);
  if (typeof piece === 'number') return String(piece);
  return MARKUP in piece ? piece[MARKUP] : piece.map(render).join('');
}
