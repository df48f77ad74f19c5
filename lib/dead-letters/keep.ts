/** Events that nobody could take, kept once each with what is known of why. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Json } from '../db/tables.ts';
import type { Tx } from '../events/outbox.ts';
import { redact } from '../logs/redact.ts';
import { redactJson } from '../logs/redact-json.ts';
import { alterationOf } from './alteration.ts';

const LONGEST_TEXT = 4000;
/** Source and id stand in a unique index, whose entries have an end. */
const LONGEST_NAME = 500;

export type DeadLetter = {
  attributes: Record<string, string>;
  /** The body as it came; it need not be JSON. */
  body: string;
  /** Why the body is not there. */
  lost?: string;
};

const SLICE = /^dev\.kubescribe\.run\.(requested|continue)$/;

/** Keeps a dead letter; one that comes again is counted. True when its run had moved on already. */
export async function keepDeadLetter(tx: Tx, letter: DeadLetter): Promise<{ overtaken: boolean }> {
  const { id = '', source = '', type = '', subject, ...rest } = letter.attributes;
  const { knativeerrordest, knativeerrorcode, knativeerrordata, replayof, ...extensions } = rest;
  const data = readData(letter.body);
  const run = runOf(data);
  const overtaken = run !== undefined && SLICE.test(type) && (await hasMovedOn(tx, run));
  const code = /^\d{3}$/.test(knativeerrorcode ?? '') ? Number(knativeerrorcode) : undefined;
  const envelope = { id, source, type, subject: subject ?? '', ...extensions };
  const altered = isShortened(id, source, type)
    ? 'its names were too long to be kept'
    : alterationOf({ ...letter, attributes: envelope }, data);
  const row = {
    event_source: nameOf(source),
    event_id: nameOf(id),
    event_type: nameOf(type),
    subject: subject ? redact(subject) : null,
    run_id: run?.runId ?? null,
    attributes: JSON.stringify(redactJson(extensions)),
    data: data === undefined ? null : JSON.stringify(redactJson(data)),
    reason: overtaken ? 'overtaken: its run had moved on' : reasonOf(code),
    error_dest: knativeerrordest ? redact(knativeerrordest) : null,
    error_code: code ?? null,
    error_data: knativeerrordata ? readErrorData(knativeerrordata) : null,
    overtaken,
    body: altered ? null : letter.body,
    altered: altered ?? null,
  };
  const { id: kept } = await tx
    .insertInto('dead_letters')
    .values(row)
    .onConflict((on) =>
      on.columns(['event_source', 'event_id']).doUpdateSet({
        ...row,
        times: sql`dead_letters.times + 1`,
        last_seen: sql<Date>`clock()`,
      }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  if (replayof === String(kept)) await buryReplay(tx, kept);
  return { overtaken };
}

/** The latest replay of a dead letter has died again. */
async function buryReplay(tx: Tx, letter: number): Promise<void> {
  await sql`
    update dead_letter_replays set died_at = clock()
     where replay_id = (select replay_id from dead_letter_replays
                         where dead_letter_id = ${letter} and sends > 0 order by replay_id desc limit 1)`.execute(
    tx,
  );
}

/** A name without secrets; two that are long or hold some stay two. */
function nameOf(text: string): string {
  const shown = redact(text);
  if (shown === text && text.length <= LONGEST_NAME) return text;
  return `${shown.slice(0, LONGEST_NAME)}#${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

const isShortened = (...names: string[]) => names.some((name) => name.length > LONGEST_NAME);

function reasonOf(code: number | undefined): string {
  if (code === undefined) return 'no usable answer: a time-out, or a reply that is no event';
  if (code === 422 || code === 400) return 'poison: the subscriber cannot take such an event';
  return `every delivery failed, the last with ${code}`;
}

/** JSON as it is; what is none is kept as text. */
function readData(body: string): Json | undefined {
  if (body === '') return undefined;
  try {
    const data: unknown = JSON.parse(body);
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? { ...data } : { value: data };
  } catch {
    return { text: body.slice(0, LONGEST_TEXT) };
  }
}

/** The Broker's words are somebody's: cut, cleaned, never trusted. */
const readErrorData = (base64: string) =>
  redact(Buffer.from(base64, 'base64').toString('utf8').slice(0, LONGEST_TEXT));

function runOf(data: Json | undefined): { runId: string; checkpoint: number } | undefined {
  const { run_id, checkpoint } = data ?? {};
  if (typeof run_id !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(run_id))
    return undefined;
  return { runId: run_id, checkpoint: typeof checkpoint === 'number' ? checkpoint : -1 };
}

async function hasMovedOn(tx: Tx, run: { runId: string; checkpoint: number }): Promise<boolean> {
  const work = await tx
    .selectFrom('run_work')
    .select('checkpoint')
    .where('run_id', '=', run.runId)
    .executeTakeFirst();
  return !work || work.checkpoint > run.checkpoint;
}
