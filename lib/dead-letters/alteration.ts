import { redact } from '../logs/redact.ts';
import { redactJson } from '../logs/redact-json.ts';
import type { DeadLetter } from './keep.ts';

/** What stands for bytes that are no text. */
const REPLACED = '\ufffd';

/** Why an event as it may be kept is not the event as it came; undefined: it is the same, to the letter. */
export function alterationOf({ attributes, body, lost }: DeadLetter, data: unknown): string | undefined {
  if (lost) return lost;
  if (body.includes(REPLACED)) return 'its bytes are no text that could be kept as they came';
  if (redact(body) !== body || !survives(data) || !survives(attributes))
    return 'what may not be kept, such as secrets, was taken out of it';
  return undefined;
}

function survives(value: unknown): boolean {
  if (value === undefined) return true;
  try {
    return JSON.stringify(redactJson(value)) === JSON.stringify(value);
  } catch (error) {
    // Too deep to be written again: then it was cut, too.
    if (error instanceof RangeError) return false;
    throw error;
  }
}
