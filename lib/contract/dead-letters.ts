/** Events that nobody could take: looking at them, and sending them again. */
import * as z from 'zod';
import { Reason } from '../http/wish.ts';
import { Cursor, Instant, Limit, Name } from './asked.ts';
import { operation } from './operation.ts';
import { IdOrNull, Members, TextOrNull, Time, TimeOrNull } from './told.ts';

const Death = z.enum(['no-answer', 'poison', 'refused', 'failed']);
const Advice = z.enum(['useful', 'pointless', 'refused']);
const Truth = z.enum(['true', 'false']).transform((text) => text === 'true');

const Explanation = z
  .object({
    for: z.string().meta({ description: 'What the event was for.' }),
    taker: z.string().meta({ description: 'The function that was to take it.' }),
    died: z.string().meta({ description: 'Why nobody took it; what its subscriber said stands in quotes.' }),
    since: z.string().meta({ description: 'What became of its matter since.' }),
    replay: Advice.meta({ description: 'Whether sending it again makes sense, or is refused.' }),
    because: z.string(),
  })
  .meta({ id: 'DeadLetterExplanation' });

const Replay = z
  .object({
    replay_id: z.int(),
    asked_at: Time,
    asked_by: z.string(),
    why: z.string(),
    sends: z.int(),
    tried_at: TimeOrNull,
    taken_at: TimeOrNull.meta({
      description: 'When the Broker took it; null: not yet, the sweep sends it again for a day.',
    }),
    died_at: TimeOrNull.meta({ description: 'When it came back dead once more.' }),
  })
  .meta({ id: 'DeadLetterReplay' });

const DeadLetter = z
  .object({
    id: z.int(),
    event_source: z.string(),
    event_id: z.string(),
    event_type: z.string(),
    subject: TextOrNull,
    run_id: IdOrNull,
    pipeline: TextOrNull,
    attributes: Members,
    data: Members.nullable(),
    reason: z.string(),
    death: Death,
    error_dest: TextOrNull,
    error_code: z.int().nullable(),
    error_data: TextOrNull,
    overtaken: z.boolean().meta({ description: 'Its run had moved on when it came.' }),
    times: z.int().meta({ description: 'How often it has died.' }),
    first_seen: Time,
    last_seen: Time,
    altered: TextOrNull.meta({ description: 'Why what is kept is not what came; null: it is the same.' }),
    replayed_at: TimeOrNull.meta({ description: 'When somebody last asked for its replay.' }),
    explained: Explanation,
    replays: z.array(Replay).meta({ description: 'The last ten, newest first.' }),
  })
  .meta({ id: 'DeadLetter' });

const type = Name.meta({ description: 'Of this event type.', example: 'dev.kubescribe.run.continue' });
const reason = Death.meta({ description: 'Which died so.' });
const pipeline = Name.meta({ description: 'About this pipeline.', example: 'market-bars' });
const run_id = z.guid().meta({ description: 'About this run.' });
const from = Instant.meta({ description: 'First seen at or after it.' });
const to = Instant.meta({ description: 'First seen before it.' });
const overtaken = 'Whether their runs had moved on when they came.';
const replayed = 'Whether somebody asked for their replay.';

export const listDeadLetters = operation({
  method: 'GET',
  path: '/dead-letters',
  tag: 'Dead letters',
  id: 'listDeadLetters',
  summary: 'Events that nobody could take, explained, the newest first.',
  query: z.object({
    type: type.optional(),
    reason: reason.optional(),
    pipeline: pipeline.optional(),
    run_id: run_id.optional(),
    overtaken: Truth.optional().meta({ description: overtaken }),
    replayed: Truth.optional().meta({ description: replayed }),
    from: from.optional(),
    to: to.optional(),
    limit: Limit,
    cursor: Cursor.optional(),
  }),
  answers: { 200: { says: 'A page of them.', body: z.array(DeadLetter), headers: ['link'] } },
});

const segments = z.object({
  id: z.string().meta({ description: 'The number of the letter.', example: '7' }),
});

export const getDeadLetter = operation({
  method: 'GET',
  path: '/dead-letters/:id',
  tag: 'Dead letters',
  id: 'getDeadLetter',
  summary: 'One of them.',
  segments,
  answers: { 200: { says: 'The letter.', body: DeadLetter }, 404: { says: 'There is none of this number.' } },
});

const Why = Reason.meta({ description: 'Why it is wanted; kept with the replay and in the audit.' });
const DryRun = z
  .boolean()
  .default(false)
  .meta({ description: 'Only tells what would be: the same answer, and nothing is written or sent.' });
const limited = { says: 'So many a minute were asked for already.', headers: ['retry-after'] } as const;

export const replayDeadLetter = operation({
  method: 'POST',
  path: '/dead-letters/:id/replay',
  tag: 'Dead letters',
  id: 'replayDeadLetter',
  summary: 'Sends a dead event again.',
  detail:
    'With the same `id` and `source`, so that whoever has taken it meanwhile ignores it, and with the extension `replayof`. ' +
    'A pointless one is sent when it is named here. It is accepted when this answers, and sent until the Broker has taken it.',
  segments,
  body: z.strictObject({ why: Why, dry_run: DryRun }),
  answers: {
    200: { says: 'It would be sent again.', body: DeadLetter },
    202: {
      says: 'It is sent again; `replays` tells how far that is.',
      body: DeadLetter,
      headers: ['location'],
    },
    404: { says: 'There is none of this number.' },
    409: { says: 'It may not be sent again, or its last replay is still on its way.' },
    429: limited,
  },
});

const Chosen = z
  .object({
    dry_run: z.boolean(),
    matching: z.int(),
    useful: z.int().meta({ description: 'What `expect` must be: those of them that are useful to replay.' }),
    pointless: z.int(),
    refused: z.int(),
    on_its_way: z.int().meta({ description: 'Useful ones whose last replay the Broker has yet to take.' }),
    replayed: z.array(z.int()).meta({ description: 'The letters that are sent again, the oldest first.' }),
  })
  .meta({ id: 'DeadLettersReplayed' });

export const replayDeadLetters = operation({
  method: 'POST',
  path: '/dead-letters/replay',
  tag: 'Dead letters',
  id: 'replayDeadLetters',
  summary: 'Sends the dead events that fit a filter again: the useful ones, the oldest first.',
  detail:
    'Ask with `dry_run` first, then with `expect` as the count that you saw: when it is another by then, nothing is done. ' +
    'Without `replayed` only those are meant that nobody has replayed, so that repeating it goes on where it ended.',
  body: z.strictObject({
    filter: z
      .strictObject({
        type: type.optional(),
        reason: reason.optional(),
        pipeline: pipeline.optional(),
        run_id: run_id.optional(),
        overtaken: z.boolean().optional().meta({ description: overtaken }),
        replayed: z.boolean().default(false).meta({ description: replayed }),
        from: from.optional(),
        to: to.optional(),
      })
      .meta({ description: 'As in `GET /dead-letters`; all of it must hold.' }),
    why: Why,
    dry_run: DryRun,
    expect: z.int().min(0).optional().meta({
      description: 'How many useful ones the dry run told of; demanded, and refused when they are others.',
    }),
    limit: z.int().min(1).max(60).default(60).meta({ description: 'How many are sent again at most.' }),
  }),
  answers: {
    200: { says: 'Which would be sent again.', body: Chosen },
    202: { says: 'Which are sent again.', body: Chosen },
    409: { says: 'There are not as many as `expect` says.' },
    422: { says: 'Too many fit.' },
    429: limited,
  },
});
