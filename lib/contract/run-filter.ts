/** Which runs a question is about. */
import * as z from 'zod';
import { Instant, Name, RunId } from './asked.ts';
import { RunStatus, Source, Trigger } from './run-row.ts';
import { Tag } from './run-tags.ts';
import { several } from './several.ts';

const LONGEST_TEXT = 200;
const LONGEST_JSON = 2000;
/** What JSON can say and no text of the database can. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/i;

const Meta = z
  .string()
  .max(LONGEST_JSON)
  .transform((text, context) => {
    try {
      return z.record(z.string(), z.json()).parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON object' });
      return z.NEVER;
    }
  })
  .refine(
    (value) => !UNSTORABLE.test(JSON.stringify(value).replaceAll('\\\\', '')),
    'holds half a character or NUL',
  )
  .meta({ override: { type: 'string', contentMediaType: 'application/json', maxLength: LONGEST_JSON } });

const Milliseconds = z.coerce
  .number<string>()
  .int()
  .min(0)
  .meta({ override: { type: 'integer', minimum: 0 } });

export const runFilter = {
  run_id: RunId.optional(),
  component: Name.optional().meta({ description: 'The pipeline.' }),
  status: several(RunStatus).optional(),
  trigger: several(Trigger).optional(),
  source: several(Source).optional(),
  error_code: Name.optional(),
  from: Instant.optional().meta({ description: 'Those that started at or after it.' }),
  to: Instant.optional().meta({ description: 'Those that started before it.' }),
  finished_from: Instant.optional().meta({ description: 'Those that finished at or after it.' }),
  finished_to: Instant.optional().meta({ description: 'Those that finished before it.' }),
  min_duration_ms: Milliseconds.optional().meta({ description: 'Those that took so long or longer.' }),
  max_duration_ms: Milliseconds.optional().meta({ description: 'Those that took so long or less.' }),
  tag: several(Tag).optional().meta({ description: 'Those that have all of these.' }),
  meta: Meta.optional().meta({
    description: 'Those whose `meta` contains this JSON object, however much more it has.',
    example: '{"kind":"backfill"}',
  }),
  q: Name.max(LONGEST_TEXT).optional().meta({
    description:
      'Those whose `error_code` or `error_message` has all these words; "…" makes a phrase, `or` and `-` mean what they say.',
    example: 'connection reset',
  }),
};
