/** Two runs side by side. */
import * as z from 'zod';
import { LAST_SUCCESS } from '../ledger/diff-runs.ts';
import { RunId } from './asked.ts';
import { operation } from './operation.ts';
import { RunStatus, Source, Trigger } from './run-row.ts';
import { CountOrNull, TextOrNull, TimeOrNull } from './told.ts';

const Numbers = z.object({
  a: CountOrNull,
  b: CountOrNull,
  same: z.boolean(),
  more: CountOrNull.meta({ description: 'By how much `a` is more than `b`.' }),
});
const Texts = z.object({ a: TextOrNull, b: TextOrNull, same: z.boolean() });
const status = RunStatus.nullable();

const Side = z
  .object({
    run_id: z.guid(),
    pipeline: z.string(),
    status: status.meta({ description: 'null: it has not begun.' }),
    started_at: TimeOrNull,
    finished_at: TimeOrNull,
    trigger: Trigger.nullable(),
    source: Source.nullable(),
    lane: TextOrNull,
    slot: TimeOrNull,
  })
  .meta({ id: 'ComparedRun' });

const flags = [
  'pipeline',
  'lane',
  'status',
  'params',
  'code',
  'revision',
  'config',
  'error',
  'attempts',
] as const;
const Same = z.object(Object.fromEntries([...flags, 'tasks', 'counts'].map((name) => [name, z.boolean()])));

const RunDiff = z
  .object({
    a: Side,
    b: Side,
    same: Same.meta({ description: 'What is the same in both.' }),
    timings: z.object({
      duration_ms: Numbers,
      wait_ms: Numbers.meta({ description: 'From the wish for it to its beginning.' }),
      queue_ms: Numbers.meta({ description: 'How long its slices waited for a worker.' }),
      cold_start_ms: Numbers.meta({ description: 'How long workers took to start.' }),
      work_ms: Numbers.meta({ description: 'How long workers were at it.' }),
    }),
    attempts: Numbers,
    slices: Numbers,
    code: Texts.meta({ description: 'The hash of the code that worked on it last.' }),
    revision: Texts,
    config_hash: Texts.meta({ description: "The hash of what its pipeline's file declared." }),
    error: z.object({ code: Texts, message: Texts }),
    params: z.array(
      z.object({
        path: z.string().meta({ description: 'A JSON Pointer.' }),
        change: z
          .enum(['added', 'removed', 'changed'])
          .meta({ description: 'Seen from `a`: `b` lacks what is added.' }),
        a: z.unknown().optional(),
        b: z.unknown().optional(),
      }),
    ),
    more_params: z.boolean().meta({ description: 'Whether params differ in more places than are listed.' }),
    tasks: z.array(
      z.object({
        name: z.string(),
        in: z.enum(['both', 'a', 'b']),
        status: z.object({ a: status, b: status, same: z.boolean() }),
        duration_ms: Numbers,
        attempts: Numbers,
        error: Texts,
        counts: z.object({
          read: Numbers,
          written: Numbers,
          unchanged: Numbers,
          deduped: Numbers,
          rejected: Numbers,
          failed: Numbers,
        }),
      }),
    ),
  })
  .meta({ id: 'RunDiff' });

export const diffRuns = operation({
  method: 'GET',
  path: '/runs/:run_id/diff/:against',
  tag: 'Runs',
  id: 'diffRuns',
  summary: 'Two runs side by side: timings, counts, params, revision, config, error.',
  segments: z.object({
    run_id: RunId.meta({ description: 'The run that is looked at, `a`.' }),
    against: z.union([z.literal(LAST_SUCCESS), z.guid()]).meta({
      description:
        'The run that it is compared with, `b`: an id, or `last-success` for the last one of the same lane before it.',
    }),
  }),
  answers: {
    200: { says: 'Both, and what is the same.', body: RunDiff },
    404: { says: 'There is no such run, or none that succeeded before.' },
  },
});
