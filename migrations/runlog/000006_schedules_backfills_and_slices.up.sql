-- Schedules that people may override and pause, ranges asked for again, and what each slice of a run was.

alter table pipelines add column pause_after integer check (pause_after > 0);
comment on column pipelines.pause_after is 'Failures in a row after which the schedule pauses by itself; null: never.';

alter table schedules
  add column origin   text not null default 'file' check (origin in ('file', 'override')),
  add column gap      text not null default 'once' check (gap in ('skip', 'once')),
  add column overlap  text not null default 'once' check (overlap in ('skip', 'once', 'both')),
  add column closed_by text,
  add column close_why text;
comment on column schedules.gap is 'What becomes of a slot whose local time a change of clocks leaves out.';
comment on column schedules.overlap is 'What becomes of a slot whose local time a change of clocks repeats.';
comment on column schedules.closed_by is 'Who ended it at valid_until: what came after has no row when the file has no schedule.';
create index schedules_history on schedules (pipeline, schedule_id desc);

create table pauses (
  pause_id   bigint generated always as identity primary key,
  pipeline   text not null references pipelines (name),
  paused_at  timestamptz not null default clock(),
  paused_by  text not null,
  why        text not null,
  automatic  boolean not null default false,
  resumed_at timestamptz,
  resumed_by text,
  resume_why text
);
comment on table pauses is 'While one is open, slots are skipped; people''s wishes and backfills go on.';
create unique index pauses_current on pauses (pipeline) where resumed_at is null;
create index pauses_history on pauses (pipeline, paused_at desc);

create table backfills (
  backfill_id  uuid primary key,
  pipeline     text not null references pipelines (name),
  range_from   timestamptz not null,
  range_until  timestamptz not null,
  reprocess    text not null check (reprocess in ('none', 'failed', 'all')),
  newest_first boolean not null default false,
  concurrency  integer not null check (concurrency > 0),
  params       jsonb not null default '{}',
  slots        integer not null,
  requested_by text,
  why          text,
  created_at   timestamptz not null default clock(),
  ended_at     timestamptz,
  cancelled_at timestamptz,
  cancelled_by text,
  cancel_why   text,
  check (range_from < range_until)
);
comment on column backfills.ended_at is 'When none of its requests was waiting or live any more; null: under way.';
create index backfills_open on backfills (pipeline) where ended_at is null;
create index backfills_newest on backfills (created_at desc, backfill_id desc);
create index backfills_pipeline on backfills (pipeline, created_at desc, backfill_id desc);

alter table run_requests
  add column wish_why    text,
  add column range_from  timestamptz,
  add column range_until timestamptz,
  add column resume_from text,
  add foreign key (backfill_id) references backfills (backfill_id);
comment on column run_requests.wish_why is 'Why somebody asked for it; "why" is how it ended.';
comment on column run_requests.range_from is 'The run reads [range_from, range_until) and moves no watermark; null: it goes on from the watermark.';
comment on column run_requests.resume_from is 'The task at which a run that goes on from another begins.';
-- Thousands of slots that wait in a backfill cost the lanes of the schedule and of people nothing.
drop index run_requests_waiting;
create index run_requests_waiting on run_requests (pipeline, lane, first desc, ordinal)
  where state = 'waiting' and backfill_id is null;
create index run_requests_backfill on run_requests (backfill_id, state, ordinal) where backfill_id is not null;
create index run_requests_replays on run_requests (replay_of) where replay_of is not null;

alter table run_work
  add column failures  jsonb not null default '{}',
  add column queued_at timestamptz not null default clock(),
  add column cancel_by text;
comment on column run_work.failures is 'How often the run failed, by class of error; deaths are counted apart.';
comment on column run_work.queued_at is 'Since when the next slice could begin.';

alter table task_runs add column attempt_since timestamptz not null default clock();
comment on column task_runs.attempt_since is 'When its present attempt began: what a task''s timeout is counted from.';

create table run_slices (
  run_id        uuid not null references run_log (run_id) on delete cascade,
  epoch         bigint not null,
  attempt       integer not null,
  checkpoint    integer not null,
  queued_at     timestamptz not null,
  claimed_at    timestamptz not null default clock(),
  left_at       timestamptz,
  left_as       text check (left_as in ('paused', 'retry', 'blocked', 'ended', 'died')),
  error_class   text,
  error_code    text,
  error_message text,
  cold_start_ms integer,
  code          text,
  revision      text,
  instance      text,
  config_hash   text,
  primary key (run_id, epoch)
);
comment on table run_slices is 'Evidence of execution: who worked on a run, when, on which code, and why it stopped. Attempts are its groups.';

alter table alert_notifications drop constraint alert_notifications_transition_check;
alter table alert_notifications add constraint alert_notifications_transition_check
  check (transition in ('failed', 'timed-out', 'blocked', 'recovered', 'missed', 'paused'));

-- What is written several times a run: claims and renewals move within their page when no index names what they change.
drop index run_work_lease;
alter table run_work set (fillfactor = 50);
alter table run_requests drop constraint run_requests_idempotency_key_key;
create unique index run_requests_idempotency_key on run_requests (idempotency_key) where idempotency_key is not null;
-- No column is null here: only who seeks by due_at implies it. Who seeks a run's open events can thus not be led through
-- all that is due, which costs the same as long as the planner believes that nothing is.
drop index outbox_open;
create index outbox_open on outbox (due_at) where done_at is null and due_at is not null;
