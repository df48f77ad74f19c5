/** What somebody logs, made into what a line can hold: text without secrets, never too long, whatever it was. */
import { describeError, redact } from './redact.ts';
import { redactJson } from './redact-json.ts';

const LONGEST_MESSAGE = 16 * 1024;
const LONGEST_METADATA = 64 * 1024;
const MOST_MEMBERS = 2000;

/** A message as it is kept; of one that is too long the beginning, and how long it was. */
export function messageText(said: unknown): string {
  const text =
    typeof said === 'string' ? said : said instanceof Error ? describeError(said).message : json(said);
  if (text.length <= LONGEST_MESSAGE) return redact(text);
  // A secret that begins before the cut is seen whole.
  const kept = redact(text.slice(0, 2 * LONGEST_MESSAGE))
    .slice(0, LONGEST_MESSAGE)
    .toWellFormed();
  return `${kept} … [cut: there were ${text.length} characters]`;
}

/** Metadata as JSON; what cannot be read, or is too large, says so instead. */
export function metadataText(metadata: unknown): string | null {
  if (metadata === undefined || metadata === null) return null;
  const text = json(metadata);
  if (text.length <= LONGEST_METADATA) return text.startsWith('{') ? text : `{"value":${text}}`;
  return JSON.stringify({ cut: `there were ${text.length} characters` });
}

/** Some objects refuse to be read. */
function json(value: unknown): string {
  try {
    return JSON.stringify(redactJson(value, { members: MOST_MEMBERS, text: LONGEST_MESSAGE }));
  } catch {
    return '{"unreadable":true}';
  }
}
