import { redact } from '../logs/redact.ts';

// Line breaks and what else could end a header or turn the direction of reading round.
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/** Foreign text as it may stand in a mail: without secrets, on one line, not longer than `longest`. */
export function oneLine(text: string, longest = 500): string {
  const line = redact(text.replaceAll(BREAKS, ' ')).replaceAll(/ {2,}/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1).toWellFormed()}…` : line.toWellFormed();
}
