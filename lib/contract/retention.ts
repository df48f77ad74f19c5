import * as z from 'zod';
import { Reason } from '../http/wish.ts';
import { Name } from './asked.ts';
import { operation } from './operation.ts';
import { CountOrNull, Time, TimeOrNull } from './told.ts';

const Kept = z
  .object({
    of: z.string().meta({ description: 'The kind of records.' }),
    says: z.string().meta({ description: 'The same in words.' }),
    days: CountOrNull.meta({ description: 'Null: what `unset` says.' }),
    unset: z.string(),
    least_days: z.int(),
    most_days: CountOrNull,
    forced: z.boolean().meta({ description: 'Somebody insisted on a time outside of the bounds.' }),
    gone_before: TimeOrNull.meta({ description: 'Of what is older, some was deleted.' }),
    under_way: z.boolean().meta({ description: 'A purge is in the middle of it.' }),
    passed_at: Time.meta({ description: 'When all of it was last looked through.' }),
  })
  .meta({ id: 'Kept' });

const TableGrowth = z
  .object({
    table: z.string().meta({ description: 'Partitions count as their table; `database` is the whole.' }),
    bytes: z.int().meta({ description: 'With indexes.' }),
    rows: CountOrNull.meta({ description: 'An estimate; null before the table was first analysed.' }),
    bytes_per_day: CountOrNull.meta({
      description: 'Over two weeks at most; null before there are two days.',
    }),
    limit_bytes: CountOrNull.meta({ description: 'As somebody said.' }),
    days_to_limit: CountOrNull.meta({
      description:
        "At this growth: to its own limit, else until it alone has filled what the database's limit leaves. Null: it does not grow, or no limit is known.",
    }),
  })
  .meta({ id: 'TableGrowth' });

export const listRetention = operation({
  method: 'GET',
  path: '/retention',
  tag: 'Upkeep',
  id: 'listRetention',
  summary: 'How long each kind of record is kept.',
  answers: { 200: { says: 'Every kind, in the order in which they are deleted.', body: z.array(Kept) } },
});

export const setRetention = operation({
  method: 'PUT',
  path: '/retention/:of',
  tag: 'Upkeep',
  id: 'setRetention',
  summary: 'Keeps a kind of record for another time.',
  detail: 'What is older goes at the next daily tick. The change is recorded in the audit.',
  segments: z.object({
    of: Name.meta({ description: 'The kind, as the list names it.', example: 'runs' }),
  }),
  body: z.strictObject({
    days: z.int().min(1).max(36_500).nullable().meta({ description: 'Null: for ever, or as `unset` says.' }),
    force: z.boolean().default(false).meta({ description: 'Also outside of the bounds.' }),
    why: Reason,
  }),
  answers: {
    200: { says: 'As it is now.', body: Kept },
    404: { says: 'There is no such kind.' },
    422: { says: 'It lies outside of the bounds, and is not forced.' },
  },
});

export const listTables = operation({
  method: 'GET',
  path: '/tables',
  tag: 'Upkeep',
  id: 'listTables',
  summary: 'How large each table of RunLog is, how fast it grows, and for how many days that goes well.',
  answers: { 200: { says: 'The whole, then each table, the largest first.', body: z.array(TableGrowth) } },
});

export const setTableLimit = operation({
  method: 'PUT',
  path: '/tables/:table/limit',
  tag: 'Upkeep',
  id: 'setTableLimit',
  summary: 'Says how large a table, or the `database`, may become.',
  detail:
    'Nothing is refused beyond it: it is what days are counted to. The change is recorded in the audit.',
  segments: z.object({
    table: Name.meta({ description: 'Its name, or `database`.', example: 'database' }),
  }),
  body: z.strictObject({
    bytes: z.int().min(1).nullable().meta({ description: 'Null: nobody knows.' }),
    why: Reason,
  }),
  answers: {
    200: { says: 'As it is now.', body: TableGrowth },
    404: { says: 'There is no such table.' },
  },
});
