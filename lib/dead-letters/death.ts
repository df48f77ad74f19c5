/** Why an event died, in words; what its Broker quotes is somebody's text and stands in quotes, cut and without secrets. */
import * as z from 'zod';
import { redact } from '../logs/redact.ts';
import type { Letter } from './read.ts';

const LONGEST_QUOTE = 300;
/** What ends a line, moves a cursor, or hides and reorders what is read. */
const UNREADABLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

const byCode: Record<number, string> = {
  400: 'its subscriber calls it no event (400)',
  404: 'nothing answered there (404), at any delivery',
  413: 'its subscriber finds it too large (413)',
  422: 'its subscriber says that it can never take such an event (422)',
  429: 'another worker had the run at every delivery (429)',
  503: 'something that its subscriber needs was away at every delivery (503)',
};

/** One sentence or two. */
export function deathOf(letter: Letter): string {
  const { error_code: code, error_dest: dest } = letter;
  const said = quoteOf(letter);
  const at = dest ? ` Delivered to ${readable(dest)}.` : '';
  return `${capital(causeOf(letter, code))}.${at}${said ? ` It said: “${said}”.` : ''}`;
}

function causeOf({ death }: Letter, code: number | null): string {
  if (code !== null && byCode[code]) return byCode[code];
  switch (death) {
    case 'failed':
      return `every delivery failed, the last with ${code}`;
    case 'refused':
    case 'poison':
      return `its subscriber answered ${code}, which is final: it was not tried again`;
    default:
      return 'no usable answer came: the delivery ran out of time, or the reply was no event';
  }
}

const Problem = z.looseObject({ detail: z.string() });

function quoteOf({ error_data: data }: Letter): string | undefined {
  if (!data) return undefined;
  return readable(detailOf(data));
}

function detailOf(text: string): string {
  try {
    return Problem.safeParse(JSON.parse(text)).data?.detail ?? text;
  } catch {
    return text;
  }
}

const readable = (text: string) =>
  redact(text).replaceAll(UNREADABLE, ' ').trim().slice(0, LONGEST_QUOTE).toWellFormed();

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
