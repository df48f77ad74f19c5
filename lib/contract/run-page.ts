/** One run with all that is known of it. */
import * as z from 'zod';
import { RunRow, RunStatus, Source, Trigger } from './run-row.ts';
import { CountOrNull, IdOrNull, Members, TextOrNull, Time, TimeOrNull } from './told.ts';

const Request = z.object({
  pipeline: z.string(),
  kind: z.enum(['slot', 'person', 'backfill', 'replay']),
  lane: z.string(),
  slot: TimeOrNull,
  state: z.enum(['waiting', 'live', 'ran', 'skipped', 'missed', 'replaced', 'cancelled']),
  why: TextOrNull.meta({ description: 'How it ended.' }),
  late: z.boolean(),
  params: Members,
  requested_at: Time,
  requested_by: TextOrNull,
  wish_why: TextOrNull.meta({ description: 'Why it was asked for.' }),
  deadline: TimeOrNull,
  admitted_at: TimeOrNull,
  ended_at: TimeOrNull,
  replay_of: IdOrNull,
  resumed_from: z.object({ run_id: z.guid(), task: z.string() }).nullable(),
});

const Work = z.object({
  attempt: z.int(),
  checkpoint: z.int(),
  deaths: z.int(),
  wake_at: TimeOrNull,
  deadline: TimeOrNull,
  blocked_since: TimeOrNull,
  blocked_why: TextOrNull,
  cancel_at: TimeOrNull,
  cancel_by: TextOrNull,
  cancel_why: TextOrNull,
});

const Failure = { error_class: TextOrNull, error_code: TextOrNull, error_message: TextOrNull };
const LeftAs = z.enum(['paused', 'retry', 'blocked', 'ended', 'died']).nullable();

const Attempt = z.object({
  attempt: z.int(),
  started_at: Time,
  ended_at: TimeOrNull,
  left_as: LeftAs,
  ...Failure,
});

const Slice = z.object({
  attempt: z.int(),
  checkpoint: z.int(),
  queued_at: Time,
  claimed_at: Time,
  left_at: TimeOrNull,
  left_as: LeftAs,
  ...Failure,
  queue_ms: z.int(),
  cold_start_ms: CountOrNull,
  work_ms: CountOrNull,
  code: TextOrNull,
  revision: TextOrNull,
  instance: TextOrNull,
  config_hash: TextOrNull,
});

const Task = z.object({
  id: z.guid(),
  name: z.string(),
  position: z.int(),
  status: RunStatus,
  attempt: z.int(),
  started_at: Time,
  finished_at: TimeOrNull,
  duration_ms: CountOrNull,
  read: CountOrNull,
  written: CountOrNull,
  unchanged: CountOrNull,
  deduped: CountOrNull,
  rejected: CountOrNull,
  failed: CountOrNull,
  progress: Members.nullable().meta({
    description:
      '`done`, `of` how many where that is known, `rate` a second, and `left_s`, the seconds that may be left.',
  }),
  meta: Members.nullable(),
  error_message: TextOrNull,
});

const LogLine = z.object({
  id: z.int(),
  type: z.enum(['system', 'job', 'task']),
  job_run_id: IdOrNull,
  task_run_id: IdOrNull,
  timestamp: Time,
  level: z.enum(['info', 'error', 'warn', 'debug']),
  stream: z.enum(['stdout', 'stderr', 'system']),
  message: z.string(),
  metadata: Members.nullable(),
});

const LeftOut = z.object({
  repeated: z.int().meta({ description: 'They said the same again and again.' }),
  over_budget: z.int().meta({ description: 'They came after as many as a run may write.' }),
  crowded_out: z.int().meta({ description: 'They found no room where lines wait to be written.' }),
});

/** A run, or a request that has not become one: its status and times are null then. */
export const RunPage = RunRow.extend({
  status: RunStatus.nullable(),
  started_at: TimeOrNull,
  trigger: Trigger.nullable(),
  source: Source.nullable(),
  error_stack: TextOrNull,
  request: Request.nullable().meta({ description: 'Null: another program recorded the run.' }),
  replays: z.array(z.guid()).meta({ description: 'The runs that did it again, oldest first.' }),
  work: Work.nullable().meta({ description: 'Null: nobody has work with it any more, or yet.' }),
  attempts: z.array(Attempt),
  slices: z.array(Slice).meta({ description: 'Who worked on it, oldest first.' }),
  tasks: z.array(Task),
  logs: z.array(LogLine).meta({ description: 'Its last lines.' }),
  left_out: LeftOut.nullable().meta({
    description: 'Lines that it logged and that are not kept; null: all are.',
  }),
}).meta({ id: 'RunPage' });
