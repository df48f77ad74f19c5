import { redactJson } from '../logs/redact-json.ts';
import { oneLine } from '../mail/one-line.ts';

const LONGEST = 500;
const MOST_DETAILS = 16 * 1024;

/** A text from outside as the audit keeps it: one line, cut, without secrets and control characters. */
export const clean = (text: string): string => oneLine(text.slice(0, 4 * LONGEST), LONGEST);

/** Details as JSON without secrets; too much of them is only counted. */
export function cleanDetails(details: object): string {
  const text = JSON.stringify(redactJson(details));
  return text.length <= MOST_DETAILS ? text : JSON.stringify({ left_out: text.length });
}
