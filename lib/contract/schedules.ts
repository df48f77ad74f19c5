import * as z from 'zod';
import { Reason } from '../http/wish.ts';
import { Cursor, IfMatch, Limit, PipelineName } from './asked.ts';
import { operation } from './operation.ts';
import { CountOrNull, TextOrNull, Time, TimeOrNull } from './told.ts';

const Gap = z.enum(['skip', 'once']);
const Overlap = z.enum(['skip', 'once', 'both']);

export const Cadence = z.object({
  cron: z.string(),
  timezone: z.string(),
  gap: Gap.meta({ description: 'A slot whose local time a change of clocks leaves out.' }),
  overlap: Overlap.meta({ description: 'A slot whose local time a change of clocks repeats.' }),
});

const ScheduleRow = Cadence.extend({
  schedule_id: z.int(),
  pipeline: z.string(),
  valid_from: Time,
  valid_until: TimeOrNull,
  planned_until: Time.meta({
    description: 'Slots up to then have been asked for, or left out with a reason.',
  }),
  origin: z.enum(['file', 'override']),
  written_by: z.string(),
  why: TextOrNull,
  closed_by: TextOrNull,
  close_why: TextOrNull,
}).meta({ id: 'ScheduleRow' });

const Pause = z
  .object({
    pause_id: z.int(),
    pipeline: z.string(),
    paused_at: Time,
    paused_by: z.string(),
    why: z.string(),
    automatic: z.boolean().meta({ description: 'After failures, by itself.' }),
    resumed_at: TimeOrNull,
    resumed_by: TextOrNull,
    resume_why: TextOrNull,
  })
  .meta({ id: 'Pause' });

const Schedule = z
  .object({
    pipeline: z.string(),
    version: z.string().meta({ description: 'What the `ETag` says, too.' }),
    schedule: ScheduleRow.nullable().meta({ description: 'The one in force.' }),
    file: Cadence.nullable().meta({ description: "What the pipeline's file says." }),
    file_changed: z.boolean().meta({ description: 'Whether the file changed since it was overridden.' }),
    pause: Pause.nullable().meta({ description: 'The one that is open.' }),
    pause_after: CountOrNull.meta({ description: 'After how many failures in a row it pauses by itself.' }),
    next_slots: z.array(Time),
    history: z.array(ScheduleRow).meta({ description: 'A page of it, newest first.' }),
  })
  .meta({ id: 'Schedule' });

const segments = z.object({ name: PipelineName });
const query = z.strictObject({ limit: Limit, cursor: Cursor.optional() });
const shown = { says: 'The schedule.', body: Schedule, headers: ['etag', 'link'] } as const;
const unknown = { says: 'There is no such pipeline.' };
const moved = { says: 'Somebody else changed it: it is no longer what `If-Match` names.' };

export const getSchedule = operation({
  method: 'GET',
  path: '/pipelines/:name/schedule',
  tag: 'Schedules',
  id: 'getSchedule',
  summary: 'The schedule in force, its next slots, and what was before.',
  segments,
  query,
  answers: { 200: shown, 404: unknown },
});

export const overrideSchedule = operation({
  method: 'PUT',
  path: '/pipelines/:name/schedule',
  tag: 'Schedules',
  id: 'overrideSchedule',
  summary: "Puts a schedule in force in place of the file's, until it is reset.",
  segments,
  query,
  headers: z.object({ 'if-match': IfMatch }),
  body: z
    .strictObject({
      cron: z.string().trim().max(200).meta({ description: 'Five cron fields.' }),
      timezone: z.string().max(100).meta({ description: 'The IANA zone in which they are read.' }),
      gap: Gap.exactOptional(),
      overlap: Overlap.exactOptional(),
      why: Reason,
    })
    .meta({ examples: [{ cron: '0 3 * * *', timezone: 'Europe/Berlin', why: 'the source is late' }] }),
  answers: { 200: shown, 404: unknown, 412: moved, 422: { says: 'They make no schedule.' } },
});

export const resetSchedule = operation({
  method: 'DELETE',
  path: '/pipelines/:name/schedule',
  tag: 'Schedules',
  id: 'resetSchedule',
  summary: "Puts the file's own schedule in force again.",
  segments,
  query,
  headers: z.object({ 'if-match': IfMatch }),
  body: z.strictObject({ why: Reason }).meta({ examples: [{ why: 'the source is well again' }] }),
  answers: { 200: shown, 404: unknown, 412: moved },
});

const PauseAnswer = z.object({
  pipeline: z.string(),
  paused: z.boolean(),
  changed: z.boolean().meta({ description: 'False when it was so before.' }),
  pause: Pause.nullable(),
});

export const pausePipeline = operation({
  method: 'POST',
  path: '/pipelines/:name/pause',
  tag: 'Schedules',
  id: 'pausePipeline',
  summary: 'Pauses the schedule: slots are skipped until it is resumed.',
  segments,
  body: z.strictObject({ why: Reason }).meta({ examples: [{ why: 'the source moves' }] }),
  answers: { 200: { says: 'It is paused.', body: PauseAnswer }, 404: unknown },
});

export const resumePipeline = operation({
  method: 'POST',
  path: '/pipelines/:name/resume',
  tag: 'Schedules',
  id: 'resumePipeline',
  summary: 'Resumes the schedule: slots from now on run again.',
  segments,
  body: z.strictObject({ why: Reason.optional() }),
  answers: { 200: { says: 'It is not paused.', body: PauseAnswer }, 404: unknown },
});

export const listPauses = operation({
  method: 'GET',
  path: '/pipelines/:name/pauses',
  tag: 'Schedules',
  id: 'listPauses',
  summary: 'The pauses, newest first.',
  segments,
  query,
  answers: {
    200: { says: 'A page of pauses.', body: z.array(Pause), headers: ['link'] },
    404: unknown,
  },
});
