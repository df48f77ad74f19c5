/** Where a row of a report is from. */
import * as z from 'zod';
import { Name } from './asked.ts';
import { operation } from './operation.ts';
import { TableName } from './reports.ts';
import { CountOrNull, IdOrNull, Members, TextOrNull, Time, TimeOrNull } from './told.ts';

const MOST_COLUMNS = 32;
const LONGEST = 2000;

const Key = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat())
  .pipe(z.array(Name.max(LONGEST)).min(1).max(MOST_COLUMNS))
  .meta({
    override: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_COLUMNS,
      items: { type: 'string', maxLength: LONGEST },
    },
    description:
      'The key of the row: `symbol=AAPL` and `ts=2026-01-05T08:00:00Z`, each a `key` of its own; or one JSON object or array of them.',
    example: ['symbol=AAPL', 'ts=2026-01-05T08:00:00Z'],
  });

const Origin = z.object({
  commit_id: z.int(),
  rank: z.int().meta({ description: 'How much its source is trusted: 1 the most.' }),
  source: TextOrNull.meta({ description: 'Who said it, where the pipeline names it.' }),
  received_at: TimeOrNull,
  source_id: z.string().meta({ description: 'Its number in the source table.' }),
  from: TextOrNull.meta({ description: 'The source table in production.' }),
});

const Commit = z.object({
  commit_id: z.int(),
  scope: z.string(),
  task: z.string(),
  batch: z.int(),
  run_id: z.guid(),
  target: TextOrNull,
  books: Members,
  committed_at: Time,
  window: z
    .object({
      previous_horizon: z.string(),
      horizon: z.string(),
      last_id: z.string(),
      closed: z.boolean(),
      source_identity: z.string(),
    })
    .meta({ description: 'The part of the source that was read: [previous horizon, horizon).' }),
});

const Run = z.object({
  run_id: z.guid(),
  pipeline: z.string(),
  status: z.string(),
  started_at: Time,
  finished_at: TimeOrNull,
  kind: TextOrNull,
  slot: TimeOrNull,
  lane: TextOrNull,
  href: z.string(),
  page: z.string().meta({ description: 'Its page for people.' }),
});

const Sources = z.object({
  table: z.string(),
  rows: z.int(),
  commits: z
    .array(
      z.object({
        commit_id: CountOrNull,
        rows: z.int(),
        task: TextOrNull,
        batch: CountOrNull,
        committed_at: TimeOrNull,
        run_id: IdOrNull,
        pipeline: TextOrNull,
      }),
    )
    .meta({ description: 'Who wrote them, the newest first, 100 at most; null where it was pruned.' }),
  sample: z
    .array(z.object({ key: Members, passport: z.string() }))
    .meta({ description: 'Some of the rows, each with the path of its own passport.' }),
});

const Passport = z
  .object({
    table: z.string(),
    key: Members,
    row: Members.nullable().meta({ description: 'Null: it is not there, but something was said of it.' }),
    written_by: z.array(z.object({ pipeline: z.string(), task: z.string() })),
    copy_of: TextOrNull.meta({
      description: 'Of a mirror: the table in production. Its commit is the copy that the row is of.',
    }),
    origin: Origin.nullable().meta({ description: 'Null: the table does not keep it.' }),
    commit: Commit.nullable(),
    run: Run.nullable(),
    siblings: z.array(z.looseObject({ class: z.string(), log_time: Time })).meta({
      description:
        'Rows of the operation logs about the same key, the newest 20 of each class: what else was said, and why it was not taken.',
    }),
    sources: Sources.nullable().meta({ description: 'Of a roll-up: what the group is made of.' }),
    notes: z.array(z.string()).meta({ description: 'What is not known any more, and why.' }),
  })
  .meta({ id: 'Passport' });

export const getPassport = operation({
  method: 'GET',
  path: '/passport',
  tag: 'Reports',
  id: 'getPassport',
  summary:
    'Where a row of a report is from: source, window, batch, task, run and slot; and what else was said of it.',
  query: z.strictObject({ table: TableName, key: Key }),
  answers: {
    200: { says: 'Its passport.', body: Passport },
    404: { says: 'There is no such table, or no such row, and nothing was ever said of it.' },
    422: { says: 'It takes longer than a request may.' },
  },
});
