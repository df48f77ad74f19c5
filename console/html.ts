/** Pages as text: whatever is put into an `html` template is escaped, unless it is such a template itself. */
import { harmlessText } from '../client/harmless-text.ts';

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

/** Foreign text made harmless: no markup, and nothing that acts without being seen. */
const escapeText = (text: string): string =>
  harmlessText(text).replaceAll(/[&<>"']/g, (char) => entities[char]!);

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
