import * as z from 'zod';
import { calendarStates } from '../calendar/entry.ts';
import { Cursor, Limit, PipelineName } from './asked.ts';
import { operation } from './operation.ts';
import { RequestState, RunStatus } from './run-row.ts';
import { CountOrNull, IdOrNull, TextOrNull, Time, TimeOrNull } from './told.ts';

const When = z.string().max(60).optional();
const HOW =
  'In the zone of the schedule, such as `02:00`, `yesterday 02:00`, `2026-11-20`, `2026-11-20T02:00`, or with a zone of its own, such as `2026-11-20T02:00:00Z`.';

const Rerun = z.object({
  run_id: z.guid(),
  kind: z.enum(['person', 'backfill', 'replay']),
  state: RequestState,
  why: TextOrNull,
  status: RunStatus.nullable(),
  started_at: TimeOrNull,
  finished_at: TimeOrNull,
  duration_ms: CountOrNull,
  requested_at: Time,
  requested_by: TextOrNull,
  backfill_id: IdOrNull,
  replay_of: IdOrNull,
});

const CalendarEntry = z
  .object({
    slot: Time,
    slot_local: z.string().meta({
      description:
        'The same on the clock of its zone, with the offset: RFC 3339, but for years before standard time, whose offsets have seconds.',
    }),
    timezone: z.string(),
    state: z.enum(calendarStates).meta({
      description:
        'What became of the slot; `expected` is to come, `unplanned` should have been planned and was not, `forgotten` was planned and its record is gone, `none` is no slot.',
    }),
    late: z.boolean(),
    why: TextOrNull,
    run_id: IdOrNull,
    lane: TextOrNull,
    status: RunStatus.nullable(),
    started_at: TimeOrNull,
    finished_at: TimeOrNull,
    duration_ms: CountOrNull,
    requested_at: TimeOrNull,
    deadline: TimeOrNull,
    admitted_at: TimeOrNull,
    ended_at: TimeOrNull,
    until: TimeOrNull.meta({ description: 'Of a time without slots: its end.' }),
    reruns: z.array(Rerun).meta({ description: 'Who ran it again, oldest first.' }),
  })
  .meta({ id: 'CalendarEntry' });

export const readCalendar = operation({
  method: 'GET',
  path: '/pipelines/:name/calendar',
  tag: 'Calendar',
  id: 'readCalendar',
  summary: 'What became of every slot, oldest first, and why some time has none.',
  detail: `Without a range: the last 24 hours and the next few slots. With \`at\`: the slots at that one time.\n\n${HOW}`,
  segments: z.object({ name: PipelineName }),
  query: z.strictObject({
    from: When.meta({ description: 'From then on.', example: 'yesterday' }),
    to: When.meta({ description: 'Up to then.' }),
    at: When.meta({ description: 'One time, in place of all else.', example: '02:00' }),
    state: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(calendarStates)))
      .optional()
      .meta({
        override: { type: 'string' },
        description: `Only those in these states, with commas: ${calendarStates.join(', ')}.`,
        example: 'missed,unplanned',
      }),
    limit: Limit,
    cursor: Cursor.optional(),
  }),
  answers: {
    200: { says: 'A page of the calendar.', body: z.array(CalendarEntry), headers: ['link'] },
    400: { says: 'A parameter, or the range that they make, is not possible.' },
    404: { says: 'There is no such pipeline.' },
  },
});
