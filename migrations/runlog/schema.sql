-- Generated from the migrations by `npx node infra/write-schema.ts`: change those, not this.

begin;
do $$ begin perform pg_advisory_xact_lock(hashtextextended('kubescribe.schema_migrations', 0)); end $$;
set local search_path = public;
set local timezone = 'UTC';

-- 000001_initial_schema
-- The ledger of runs, as OpsLog promised it. Rows that others write by the promised statements live beside ours.

create table clock_shift (
  singleton boolean primary key default true check (singleton),
  shift     interval not null
);
comment on table clock_shift is 'Tests move clock() with it; refused unless the database allows it.';

create function refuse_clock_shift() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('kubescribe.allow_clock_shift', true), 'off') <> 'on' then
    raise exception 'clock() may not be shifted in this database'
      using hint = 'Only test databases set kubescribe.allow_clock_shift = on.';
  end if;
  return new;
end $$;

create trigger clock_shift_only_in_tests before insert or update on clock_shift
  for each row execute function refuse_clock_shift();

create function clock() returns timestamptz language sql stable parallel safe as $$
  select statement_timestamp() + coalesce((select shift from clock_shift), interval '0')
$$;
comment on function clock() is 'The one time of KubeScribe: the database''s, never a client''s.';

create type run_status as enum ('STARTED', 'SUCCESS', 'ERROR', 'CANCELLED', 'TIMEOUT');

create table run_log (
  run_id        uuid primary key default gen_random_uuid(),
  status        run_status not null default 'STARTED',
  started_at    timestamptz not null default clock(),
  finished_at   timestamptz,
  duration_ms   bigint generated always as
                  ((extract(epoch from finished_at - started_at) * 1000)::bigint) stored,
  component     text not null,
  trigger       text check (trigger in ('cron', 'api', 'manual')),
  source        text check (source in ('k8s', 'local', 'ci')),
  error_code    text,
  error_message text,
  error_stack   text,
  meta          jsonb
);

create index run_log_newest on run_log (started_at desc, run_id desc);
create index run_log_component on run_log (component, started_at desc, run_id desc);
create index run_log_status on run_log (status, started_at desc, run_id desc) where status <> 'SUCCESS';

create view v_latest_runs as
  select distinct on (component) *
    from run_log
   order by component, started_at desc, run_id desc;

create function keep_ended_runs() returns trigger language plpgsql as $$
begin
  if old.status <> 'STARTED' then
    raise exception 'run % has ended as % and cannot change', old.run_id, old.status
      using errcode = 'restrict_violation';
  end if;
  if new.run_id <> old.run_id then
    raise exception 'the id of run % cannot change', old.run_id using errcode = 'restrict_violation';
  end if;
  if new.status <> 'STARTED' and new.finished_at is null then
    new.finished_at := clock();
  end if;
  return new;
end $$;

create trigger ended_runs_never_change before update on run_log
  for each row execute function keep_ended_runs();

-- 000002_column-job-run-logs
-- Tasks of runs, and the one table of logs in place of task_logs.

drop table if exists task_logs;

create table task_runs (
  id          uuid primary key default gen_random_uuid(),
  run_id      uuid not null references run_log (run_id) on delete cascade,
  name        text not null,
  position    integer not null default 0,
  status      run_status not null default 'STARTED',
  attempt     integer not null default 1,
  started_at  timestamptz not null default clock(),
  finished_at timestamptz,
  duration_ms bigint generated always as
                ((extract(epoch from finished_at - started_at) * 1000)::bigint) stored,
  moves_rows  boolean not null default true,
  read        bigint,
  written     bigint,
  unchanged   bigint,
  deduped     bigint,
  rejected    bigint,
  failed      bigint,
  progress    jsonb,
  error_message text,
  unique (run_id, name)
);
comment on column task_runs.read is 'The books: read = written + unchanged + deduped + rejected + failed.';

create view job_runs as
  select run_id as id, component as job_name, status, started_at, finished_at, duration_ms,
         trigger, source, error_code, error_message, error_stack, meta
    from run_log;

create table logs (
  id          bigserial,
  type        text check (type in ('system', 'job', 'task')) not null default 'system',
  job_run_id  uuid references run_log (run_id) on delete cascade null,
  task_run_id uuid references task_runs (id) on delete cascade null,
  timestamp   timestamp default now(),
  level       text check (level in ('info', 'error', 'warn', 'debug')) not null default 'info',
  stream      text check (stream in ('stdout', 'stderr', 'system')) not null default 'system',
  message     text not null,
  metadata    jsonb,
  created_at  timestamp with time zone default current_timestamp,
  attempt     integer,
  epoch       bigint,
  primary key (id, timestamp),
  constraint logs_type_decides_ids check (
    case type
      when 'system' then job_run_id is null and task_run_id is null
      when 'job' then job_run_id is not null and task_run_id is null
      else job_run_id is not null and task_run_id is not null
    end)
) partition by range (timestamp);
comment on column logs.timestamp is 'UTC: the sessions that write and read it are in UTC.';

create index idx_logs_type on logs (type);
create index idx_logs_job_run_id on logs (job_run_id);
create index idx_logs_task_run_id on logs (task_run_id);
create index idx_logs_timestamp on logs (timestamp);
create index idx_logs_level on logs (level);
create index idx_logs_job_run_timestamp on logs (job_run_id, timestamp);
create index idx_logs_task_run_timestamp on logs (task_run_id, timestamp);

-- Callers need no right to create tables: the partitions belong to who migrated.
create function ensure_log_partitions(ahead integer default 7) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  day  date := (clock() at time zone 'UTC')::date - 1;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtext('kubescribe.log_partitions'));
  while day <= (clock() at time zone 'UTC')::date + ahead loop
    if to_regclass(format('logs_%s', to_char(day, 'YYYYMMDD'))) is null then
      execute format('create table %I partition of logs for values from (%L) to (%L)',
        'logs_' || to_char(day, 'YYYYMMDD'), day, day + 1);
      made := made + 1;
    end if;
    day := day + 1;
  end loop;
  return made;
end $$;

select ensure_log_partitions();

-- The promised column has no zone, so every session of this database speaks UTC.
do $$
begin
  execute format('alter database %I set timezone to %L', current_database(), 'UTC');
exception when insufficient_privilege then
  raise notice 'this role may not set the database''s time zone: keep its clients in UTC';
end $$;

-- 000003_requests_and_work
-- Which runs are wanted (the occurrence calendar), and the live side of those that run.

create table pipelines (
  name       text primary key check (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  created_at timestamptz not null default clock()
);
comment on table pipelines is 'Whoever plans, admits, expires or ends locks the pipeline''s row first.';

create table schedules (
  schedule_id   bigint generated always as identity primary key,
  pipeline      text not null references pipelines (name),
  cron          text not null,
  timezone      text not null,
  valid_from    timestamptz not null default clock(),
  valid_until   timestamptz,
  planned_until timestamptz not null default clock(),
  written_by    text not null,
  why           text
);
comment on column schedules.planned_until is 'Every slot up to here has its request. Retention never lowers it.';
create unique index schedules_current on schedules (pipeline) where valid_until is null;

create table run_requests (
  run_id          uuid primary key,
  ordinal         bigint generated always as identity,
  pipeline        text not null references pipelines (name),
  kind            text not null check (kind in ('slot', 'person', 'backfill', 'replay')),
  lane            text not null default '',
  slot            timestamptz,
  params          jsonb not null default '{}',
  state           text not null default 'waiting'
                    check (state in ('waiting', 'live', 'ran', 'skipped', 'missed', 'replaced', 'cancelled')),
  why             text,
  late            boolean not null default false,
  first           boolean not null default false,
  trigger         text not null check (trigger in ('cron', 'api', 'manual')),
  source          text not null check (source in ('k8s', 'local', 'ci')),
  idempotency_key text unique,
  requested_by    text,
  requested_at    timestamptz not null default clock(),
  deadline        timestamptz,
  timeout         interval not null default '1 hour',
  admitted_at     timestamptz,
  ended_at        timestamptz,
  replay_of       uuid,
  backfill_id     uuid,
  check (kind not in ('slot', 'backfill') or slot is not null)
);
create unique index run_requests_slot on run_requests (pipeline, slot) where kind = 'slot';
create unique index run_requests_live on run_requests (pipeline, lane) where state = 'live';
create index run_requests_waiting on run_requests (pipeline, lane, first desc, ordinal) where state = 'waiting';
create index run_requests_ran on run_requests (pipeline, lane, ended_at desc, ordinal desc) where state = 'ran';
create index run_requests_calendar on run_requests (pipeline, slot desc);

create function keep_ended_requests() returns trigger language plpgsql as $$
begin
  if old.state not in ('waiting', 'live') then
    raise exception 'request % has ended as % and cannot change', old.run_id, old.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger ended_requests_never_change before update on run_requests
  for each row execute function keep_ended_requests();

create sequence epochs;
comment on sequence epochs is 'Fencing numbers across all runs. Raised by nextval alone, never by setval.';

create table run_work (
  run_id           uuid primary key references run_log (run_id) on delete cascade,
  pipeline         text not null references pipelines (name),
  lane             text not null default '',
  scope            text not null,
  attempt          integer not null default 1,
  epoch            bigint not null default 0,
  lease_until      timestamptz,
  checkpoint       integer not null default 0,
  state            jsonb not null default '{}',
  wake_at          timestamptz,
  deadline         timestamptz,
  cancel_at        timestamptz,
  cancel_why       text,
  deaths           integer not null default 0,
  idle_slices      integer not null default 0,
  touched          boolean not null default false,
  blocked_since    timestamptz,
  blocked_why      text,
  blocked_told     boolean not null default false
);
comment on column run_work.lease_until is 'Null: free. Past: its holder died without releasing it.';
create index run_work_lease on run_work (lease_until);

-- Only the transaction that deletes a run's work may end the run: no statement from outside ends ours.
create function keep_live_runs() returns trigger language plpgsql as $$
begin
  if exists (select from run_work where run_id = old.run_id) then
    raise exception 'run % is being worked on and ends only by its worker', old.run_id
      using errcode = 'restrict_violation', hint = 'Ask for its cancellation instead.';
  end if;
  return new;
end $$;
create trigger live_runs_end_by_their_worker before update of status on run_log
  for each row when (new.status is distinct from old.status) execute function keep_live_runs();

create table batch_books (
  run_id       uuid not null references run_log (run_id) on delete cascade,
  task         text not null,
  batch        bigint not null,
  aborted      boolean not null default false,
  read         bigint not null,
  written      bigint not null,
  unchanged    bigint not null,
  deduped      bigint not null,
  rejected     bigint not null,
  failed       bigint not null,
  rejected_by  jsonb not null default '{}',
  committed_at timestamptz,
  primary key (run_id, task, batch)
);
comment on table batch_books is 'What each committed batch did, shipped from the report database; a task''s books are their sum.';

-- 000004_outbox_and_dead_letters
-- Events that leave with the transaction that caused them, and those that came back dead.

create table outbox (
  id         text primary key,
  type       text not null,
  source     text not null,
  subject    text not null,
  run_id     uuid,
  checkpoint integer,
  extensions jsonb not null default '{}',
  data       jsonb not null,
  time       timestamptz not null default clock(),
  due_at     timestamptz not null default clock(),
  sent_at    timestamptz,
  sends      integer not null default 0,
  done_at    timestamptz
);
comment on column outbox.done_at is 'Set by the consumer''s transaction, never because a Broker said 2xx (but for events that only others consume).';
create index outbox_open on outbox (due_at) where done_at is null;
create index outbox_run on outbox (run_id) where done_at is null;
create index outbox_done on outbox (done_at) where done_at is not null;

create table dead_letters (
  id           bigint generated always as identity primary key,
  event_source text not null,
  event_id     text not null,
  event_type   text not null,
  subject      text,
  run_id       uuid,
  attributes   jsonb not null,
  data         jsonb,
  reason       text not null,
  error_dest   text,
  error_code   integer,
  error_data   text,
  overtaken    boolean not null default false,
  times        integer not null default 1,
  first_seen   timestamptz not null default clock(),
  last_seen    timestamptz not null default clock(),
  unique (event_source, event_id)
);
comment on column dead_letters.overtaken is 'Its run had moved on when it came: kept, no alarm.';

-- 000005_alert_notifications
-- Who is told what, once: a row a transition, channel and recipient.

create table alert_notifications (
  id          bigint generated always as identity primary key,
  subject     text not null,
  transition  text not null check (transition in ('failed', 'timed-out', 'blocked', 'recovered', 'missed')),
  channel     text not null check (channel in ('email')),
  recipient   text not null,
  pipeline    text not null,
  run_id      uuid,
  facts       jsonb not null,
  status      text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
  message_id  text not null,
  attempts    integer not null default 0,
  lease_until timestamptz,
  next_at     timestamptz not null default clock(),
  last_error  text,
  created_at  timestamptz not null default clock(),
  sent_at     timestamptz,
  unique (subject, transition, channel, recipient)
);
comment on column alert_notifications.subject is 'The run; else pipeline and gap.';
create index alert_notifications_pending on alert_notifications (next_at) where status = 'pending';

-- 000006_schedules_backfills_and_slices
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

-- 000007_audit
-- Who intervened, from where, and why: rows that nobody changes, sealed into a chain of hashes.

create table audit (
  audit_id  bigint generated always as identity primary key,
  at        timestamptz not null default clock() check (isfinite(at)),
  actor     text not null,
  came_from text not null,
  action    text not null check (action ~ '^[a-z-]+\.[a-z-]+$'),
  subject   text not null,
  why       text,
  details   jsonb not null default '{}'
);
comment on table audit is 'Append-only: each intervention, written by the transaction that made it.';
comment on column audit.actor is 'A name that the door in front gave, or by which way an unnamed one came.';
create index audit_newest on audit (at desc, audit_id desc);
create index audit_subject on audit (subject, at desc, audit_id desc);
create index audit_actor on audit (actor, at desc, audit_id desc);
create index audit_action on audit (action, at desc, audit_id desc);

create table audit_seals (
  number    bigint primary key check (number > 0),
  audit_id  bigint not null unique,
  sealed_at timestamptz not null,
  looked_at timestamptz,
  hash      bytea not null check (octet_length(hash) = 32)
);
comment on table audit_seals is 'The chain: each seal covers a row and the seal before it, in the order in which rows were found.';
comment on column audit_seals.looked_at is 'When unsealed rows were looked for before: this one was not yet there. Null: never, or the clock has gone back.';

create table audit_head (
  singleton boolean primary key default true check (singleton),
  number    bigint not null,
  hash      bytea not null check (octet_length(hash) = 32),
  looked_at timestamptz
);
comment on table audit_head is 'Where the chain goes on: what lacks its end does not close up again.';
insert into audit_head (number, hash) values (0, sha256('KubeScribe audit 1'));

create table audit_anchors (
  number     bigint primary key,
  hash       bytea not null check (octet_length(hash) = 32),
  audit_id   bigint not null,
  removed    bigint not null,
  removed_at timestamptz not null default clock(),
  login      text not null default session_user
);
comment on table audit_anchors is 'Up to where retention has taken rows away, and with which hash the chain goes on; audit_id is the row that says so.';

-- The length of each part makes two rows with the same text impossible.
create function audit_part(value text) returns text language sql stable as $$
  select coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value, '-') || ','
$$;
create function audit_part(value timestamptz) returns text language sql stable as $$
  select audit_part((extract(epoch from value) * 1000000)::bigint::text)
$$;

create function audit_hash(previous bytea, seal audit_seals, entry audit) returns bytea language sql stable as $$
  select sha256(previous || convert_to(
    audit_part(seal.number::text) || audit_part(seal.sealed_at) || audit_part(seal.looked_at)
      || audit_part(entry.audit_id::text) || audit_part(entry.at) || audit_part(entry.actor)
      || audit_part(entry.came_from) || audit_part(entry.action) || audit_part(entry.subject)
      || audit_part(entry.why) || audit_part(entry.details::text), 'UTF8'))
$$;
comment on function audit_hash(bytea, audit_seals, audit) is 'lib/audit/hash.ts computes the same.';

-- Seals what is there and has no seal yet. Who commits late gets a later seal, whatever the row's id; it is looked for
-- among those that were sealed with the last 100,000.
create function seal_audit(most integer default 10000, out sealed integer, out number bigint, out hash text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  head   audit_head;
  seal   audit_seals;
  entry  audit;
  since  bigint;
begin
  select * into strict head from audit_head for update;
  -- Not when the statement began: it may have waited for another sealer.
  seal.sealed_at := clock() + (clock_timestamp() - statement_timestamp());
  seal.looked_at := case when head.looked_at <= seal.sealed_at then head.looked_at end;
  since := coalesce((select s.audit_id from audit_seals s where s.number = head.number - 100000), 0);
  sealed := 0;
  for entry in
    select a.* from audit a
     where a.audit_id > since
       and not exists (select from audit_seals s where s.audit_id = a.audit_id and s.audit_id > since)
     order by a.audit_id limit most
  loop
    head.number := head.number + 1;
    seal.number := head.number;
    seal.audit_id := entry.audit_id;
    seal.hash := audit_hash(head.hash, seal, entry);
    head.hash := seal.hash;
    insert into audit_seals select seal.*;
    sealed := sealed + 1;
  end loop;
  -- What is left of many was there already: it has not been overlooked.
  update audit_head set number = head.number, hash = head.hash,
         looked_at = case when sealed < most then seal.sealed_at else seal.looked_at end;
  number := head.number;
  hash := encode(head.hash, 'hex');
end $$;

-- Takes the oldest rows away, as many as `most`, and leaves an anchor and a row that says so; returns how many went.
create function forget_audit(older interval, who text, came_from text, why text, most integer default 10000)
returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
  last   audit_seals;
  gone   bigint;
  signed bigint;
begin
  if older is null or clock() - older > clock() - interval '1 year' then
    raise exception 'rows of the audit stay for 1 year at least' using errcode = 'restrict_violation';
  end if;
  perform from audit_head for update;
  with oldest as (
    select * from audit_seals s order by s.number limit most),
  young as (
    select min(number) as number from oldest where sealed_at > clock() - older)
  select o.* into last from oldest o, young where o.number < coalesce(young.number, o.number + 1)
   order by o.number desc limit 1;
  if last.number is null then return 0; end if;
  select count(*) into gone from audit_seals s where s.number <= last.number;
  insert into audit (actor, came_from, action, subject, why, details)
  values (who, forget_audit.came_from, 'audit.forget', 'audit', forget_audit.why, jsonb_build_object(
            'number', last.number, 'hash', encode(last.hash, 'hex'), 'removed', gone))
  returning audit_id into signed;
  insert into audit_anchors (number, hash, audit_id, removed) values (last.number, last.hash, signed, gone);
  delete from audit a using audit_seals s where s.audit_id = a.audit_id and s.number <= last.number;
  delete from audit_seals s where s.number <= last.number;
  return gone;
end $$;

revoke execute on function seal_audit, forget_audit from public;

-- For everybody, also the owner: what the functions above do is all that may be done. Their names are looked up here, not
-- where the caller pleases.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception '% only grows: % is refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;

create function keep_audit() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from audit_seals s
              where s.audit_id = old.audit_id and s.number <= (select max(number) from audit_anchors)) then
    return old;
  end if;
  raise exception 'audit only grows: delete is refused' using errcode = 'restrict_violation';
end $$;

create function keep_audit_seals() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.number <= (select max(number) from audit_anchors)
     and not exists (select from audit where audit_id = old.audit_id) then
    return old;
  end if;
  raise exception 'audit_seals only grows: delete is refused' using errcode = 'restrict_violation';
end $$;

create function check_audit_anchor() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from audit_seals s where s.number = new.number and s.hash = new.hash)
     and not exists (select from audit_seals s
                      where s.number <= new.number and s.sealed_at > clock() - interval '1 year') then
    return new;
  end if;
  raise exception 'an anchor stands at a seal, and above nothing younger than 1 year'
    using errcode = 'restrict_violation';
end $$;

create function keep_audit_head() returns trigger language plpgsql as $$
begin
  if new.number >= old.number then return new; end if;
  raise exception 'the audit''s chain does not go back' using errcode = 'restrict_violation';
end $$;

create trigger audit_only_grows before update or truncate on audit
  for each statement execute function refuse_audit_change();
create trigger audit_stays before delete on audit for each row execute function keep_audit();
create trigger audit_seals_only_grow before update or truncate on audit_seals
  for each statement execute function refuse_audit_change();
create trigger audit_seals_stay before delete on audit_seals for each row execute function keep_audit_seals();
create trigger audit_anchors_only_grow before update or delete or truncate on audit_anchors
  for each statement execute function refuse_audit_change();
create trigger audit_anchors_are_old before insert on audit_anchors
  for each row execute function check_audit_anchor();
create trigger audit_head_stays before delete or truncate on audit_head
  for each statement execute function refuse_audit_change();
create trigger audit_head_goes_on before update on audit_head for each row execute function keep_audit_head();

-- Also for who replays changes, which leaves ordinary triggers out.
alter table audit enable always trigger audit_only_grows, enable always trigger audit_stays;
alter table audit_seals enable always trigger audit_seals_only_grow, enable always trigger audit_seals_stay;
alter table audit_anchors enable always trigger audit_anchors_only_grow,
  enable always trigger audit_anchors_are_old;
alter table audit_head enable always trigger audit_head_stays, enable always trigger audit_head_goes_on;

-- 000008_reading_runs
-- What runs are looked for by, beside the promised columns, and the indexes that have the order of the list.

alter table run_log add column tags text[] not null default '{}';
comment on column run_log.tags is 'Words to find it by: its pipeline''s, and those of whoever asked for it.';
alter table run_requests add column tags text[] not null default '{}';
comment on column run_requests.tags is 'What its run will be found by.';

-- Any of these columns that is not asked for has few values: a list is merged of one stretch a value. Null is indexed
-- as nothing, since "is null" would lose the order of what follows; the time as run_log_newest does not have it, so
-- that no statistics lead there.
drop index run_log_status;
create index run_log_facets on run_log
  (status, coalesce(trigger, ''), coalesce(source, ''), (started_at at time zone 'UTC') desc, run_id desc);
create index run_log_component_facets on run_log
  (component, status, coalesce(trigger, ''), coalesce(source, ''), (started_at at time zone 'UTC') desc, run_id desc);
create index run_log_errors on run_log
  (error_code, (started_at at time zone 'UTC') desc, run_id desc) where error_code is not null;

-- Words are whole ones: pg_trgm finds parts of them, and is not everywhere. Who succeeds and who has no tag pays nothing.
create index run_log_words on run_log
  using gin (to_tsvector('simple', coalesce(error_code, '') || ' ' || coalesce(error_message, '')))
  where error_code is not null or error_message is not null;
create index run_log_tags on run_log using gin (tags) where tags <> '{}';
create index run_log_meta on run_log using gin (meta jsonb_path_ops);
-- Of an index of some rows the planner takes no statistics: which words are frequent it has to know otherwise.
create statistics run_log_words on
  (to_tsvector('simple', coalesce(error_code, '') || ' ' || coalesce(error_message, ''))) from run_log;

-- 000009_retention
-- How long each kind of record is kept, how far the walk that deletes has come, and how large the tables are.

create table retention (
  of          text primary key,
  keep        interval,
  least       interval not null,
  most        interval,
  forced      boolean not null default false,
  gone_before timestamptz,
  pass        jsonb,
  passed_at   timestamptz not null default clock(),
  constraint retention_within_bounds check (
    coalesce(keep > interval '0', true)
    and (forced or coalesce(keep >= least, true) and (most is null or coalesce(keep <= most, false))))
);
comment on table retention is 'What is older than "keep" goes, a little at a time, at the daily tick. Who works on a kind locks its row.';
comment on column retention.keep is 'Null: for ever; of run_slices and batch_books: as long as their run.';
comment on column retention.forced is 'Somebody insisted on a time outside of the bounds.';
comment on column retention.gone_before is 'Of what is older than this, some was deleted: nobody may call it missing.';
comment on column retention.pass is 'The pass under way: where it has come to, and how many rows it deleted.';
comment on column retention.passed_at is 'When the last pass through its tables ended.';

insert into retention (of, keep, least, most) values
  ('logs',                '30 days',  '1 day',    null),
  ('runs',                '120 days', '90 days',  '180 days'),
  ('foreign_runs',        null,       '30 days',  null),
  ('run_slices',          null,       '1 day',    null),
  ('batch_books',         null,       '1 day',    null),
  ('requests',            '400 days', '90 days',  null),
  ('backfills',           '400 days', '90 days',  null),
  ('pauses',              '400 days', '90 days',  null),
  ('schedules',           '400 days', '90 days',  null),
  ('alert_notifications', '180 days', '30 days',  null),
  ('dead_letters',        '90 days',  '7 days',   null),
  ('outbox',              '7 days',   '1 day',    null),
  ('audit',               '730 days', '366 days', null),
  ('report_commits',      '120 days', '30 days',  null),
  ('table_sizes',         '400 days', '30 days',  null);

create table table_sizes (
  table_name text not null,
  day        date not null,
  bytes      bigint not null,
  rows       bigint,
  primary key (table_name, day)
);
comment on table table_sizes is 'Each table once a day, with its indexes: what growth is computed from.';
comment on column table_sizes.table_name is 'Partitions count as their table; "database" is the whole.';
comment on column table_sizes.rows is 'As the planner believes; null: it does not know yet.';

create table table_limits (
  table_name text primary key,
  bytes      bigint not null check (bytes > 0)
);
comment on table table_limits is 'How large a table, or the "database", may become, as somebody said: the disk is not known here.';

-- Slots are found by their calendar; what has none would else be sought among all.
create index run_requests_unslotted on run_requests (requested_at, run_id) where slot is null;

-- Rights are not needed to drop a day, and what is to be kept cannot be dropped: the partitions belong to who migrated.
-- Waiting for the lock stops everybody who comes after; who cannot have it at once tries again later.
create function drop_oldest_log_partition() returns text
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '100ms' as $$
declare
  oldest text;
begin
  select class.relname into oldest
    from pg_inherits join pg_class class on class.oid = inhrelid
   where inhparent = 'logs'::regclass and class.relname ~ '^logs_\d{8}$'
     and to_date(right(class.relname, 8), 'YYYYMMDD')
         < (select (clock() - keep) at time zone 'UTC' from retention where of = 'logs')::date
   order by class.relname limit 1;
  if oldest is not null then
    execute format('drop table %I', oldest);
  end if;
  return oldest;
end $$;

-- Large tables are vacuumed after 2 % of dead rows instead of 20 %: the days that a purge frees are filled again before
-- the next. Small ones in which every run leaves dead rows are vacuumed by count, or their scans would slow down.
alter table run_log      set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table run_requests set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table task_runs    set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, fillfactor = 80);
alter table run_slices   set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, fillfactor = 80);
alter table batch_books  set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table outbox       set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, fillfactor = 70);
alter table run_work     set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- 000010_roles
-- What each kind of program may do: lib/roles/matrix.ts says the same. Whoever logs in is a member of one role and holds
-- no right of its own.

-- Roles belong to the whole server: another of its databases may have made them, or be making them now.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['reader', 'planner', 'writer', 'sweeper', 'notifier', 'dead_letters', 'upkeep', 'migrator'] loop
    begin
      if to_regrole('kubescribe_' || wanted) is null then
        execute format('create role %I nologin', 'kubescribe_' || wanted);
      end if;
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
exception when insufficient_privilege then
  raise notice 'this role may not make roles: an administrator runs "kubescribe roles"';
end $$;

do $$
declare
  family record;
begin
  for family in
    select 'kubescribe_' || child as child, 'kubescribe_' || parent as parent
      from (values ('planner', 'reader'), ('writer', 'planner'), ('sweeper', 'writer'), ('notifier', 'reader'),
                   ('dead_letters', 'reader'), ('upkeep', 'reader')) as families (child, parent)
     where to_regrole('kubescribe_' || child) is not null and to_regrole('kubescribe_' || parent) is not null
  loop
    begin
      if not exists (select from pg_auth_members
                      where member = to_regrole(family.child) and roleid = to_regrole(family.parent)) then
        execute format('grant %I to %I', family.parent, family.child);
      end if;
    -- Of two databases that say so at once one is told that the catalogue was changed under it.
    exception when unique_violation or internal_error then
      null;
    end;
  end loop;
exception when insufficient_privilege then
  raise notice 'this role may not make roles members: an administrator runs "kubescribe roles"';
end $$;

create procedure allow(role text, verbs text, variadic objects text[]) language plpgsql as $$
begin
  if to_regrole('kubescribe_' || role) is not null then
    execute format('grant %s on %s to %I', verbs, array_to_string(objects, ', '), 'kubescribe_' || role);
  end if;
end $$;
comment on procedure allow is 'Grants to a role of ours; where roles are made later, so is the grant.';

-- Nothing is for everybody, also not what later migrations make.
revoke all on schema public from public;
revoke execute on all routines in schema public from public;
alter default privileges revoke execute on routines from public;
do $$
begin
  execute format('revoke all on database %I from public', current_database());
  call allow('reader', 'connect', format('database %I', current_database()));
  call allow('migrator', 'connect, create, temporary', format('database %I', current_database()));
exception when insufficient_privilege then
  raise notice 'this role does not own the database: others may still connect to it';
end $$;

call allow('reader', 'usage', 'schema public');
call allow('migrator', 'usage, create', 'schema public');
call allow('reader', 'execute', 'function clock()');
call allow('reader', 'select', 'clock_shift', 'run_log', 'v_latest_runs', 'job_runs', 'task_runs', 'logs', 'pipelines',
           'schedules', 'pauses', 'backfills', 'run_requests', 'run_work', 'run_slices', 'batch_books', 'outbox',
           'dead_letters', 'alert_notifications', 'audit', 'audit_seals', 'audit_head', 'audit_anchors', 'retention',
           'table_sizes', 'table_limits');
call allow('planner', 'insert', 'run_log', 'audit');
call allow('planner', 'insert, update', 'pipelines', 'schedules', 'pauses', 'backfills', 'run_requests', 'run_work',
           'outbox');
call allow('writer', 'insert, update', 'task_runs', 'run_slices', 'batch_books');
call allow('writer', 'insert', 'logs');
call allow('writer', 'update', 'run_log');
call allow('writer', 'delete', 'run_work');
call allow('writer', 'usage', 'sequence epochs', 'logs_id_seq');
call allow('writer', 'select', 'sequence epochs');
call allow('writer', 'execute', 'function ensure_log_partitions');
call allow('sweeper', 'delete', 'outbox');
call allow('sweeper', 'execute', 'function seal_audit');
call allow('notifier', 'insert, update', 'alert_notifications', 'outbox');
call allow('dead_letters', 'insert, update', 'dead_letters');
call allow('dead_letters', 'insert', 'audit');
call allow('upkeep', 'insert', 'audit');
call allow('upkeep', 'update', 'retention');
call allow('upkeep', 'insert, update, delete', 'table_sizes', 'table_limits');
call allow('upkeep', 'delete', 'run_log', 'run_slices', 'batch_books', 'run_requests', 'backfills',
           'schedules', 'pauses', 'alert_notifications', 'dead_letters', 'outbox');
call allow('upkeep', 'execute', 'function forget_audit', 'drop_oldest_log_partition');

-- 000011_asked_once
-- What a caller was told the first time, told again to whoever repeats the question.

create table first_answers (
  idempotency_key text primary key,
  question        text not null,
  run_id          uuid references run_requests (run_id) on delete cascade,
  backfill_id     uuid references backfills (backfill_id) on delete cascade,
  subjects        uuid[],
  status          integer,
  location        text,
  body            text,
  asked_at        timestamptz not null default clock(),
  check (num_nonnulls(run_id, backfill_id) = 1),
  check ((status is null) = (body is null))
);
comment on table first_answers is 'One row for each Idempotency-Key; it lives as long as the run or backfill that was asked for.';
comment on column first_answers.question is 'A digest of what was asked: another question under the key is refused.';
comment on column first_answers.subjects is 'The runs that many were to be done to: whoever asks again goes on with the same ones.';
comment on column first_answers.status is 'Null: what was asked for is not done yet.';
create index first_answers_run on first_answers (run_id) where run_id is not null;
create index first_answers_backfill on first_answers (backfill_id) where backfill_id is not null;

call allow('reader', 'select', 'first_answers');
call allow('planner', 'insert, update', 'first_answers');

-- 000012_dead_letter_replays
-- Dead letters that are found, understood and sent again.

alter table dead_letters
  add column body        text,
  add column altered     text,
  add column replayed_at timestamptz,
  add column pipeline    text generated always as (
    case when data ->> 'pipeline' ~ '^[a-z][a-z0-9-]{0,62}$' then data ->> 'pipeline' end) stored,
  add column death       text not null generated always as (
    case when error_code is null then 'no-answer'
         when error_code in (400, 422) then 'poison'
         when error_code in (404, 408, 409, 429) or error_code >= 500 then 'failed'
         else 'refused' end) stored;
comment on column dead_letters.body is 'Exactly what came, to be sent again; null where it may not be.';
comment on column dead_letters.altered is 'Why what is kept is not what came; null: it is the same.';
comment on column dead_letters.death is 'failed: each delivery. refused, poison: the first answer was final. no-answer: a time-out, or a reply that is no event.';
update dead_letters set altered = 'it was kept when bodies were not yet kept as they came';
-- An index has no room for more.
update dead_letters set event_type = left(event_type, 500) where length(event_type) > 500;

create table dead_letter_replays (
  replay_id      bigint generated always as identity primary key,
  dead_letter_id bigint not null references dead_letters (id) on delete cascade,
  asked_at       timestamptz not null default clock(),
  asked_by       text not null,
  why            text not null,
  sends          integer not null default 0,
  tried_at       timestamptz,
  taken_at       timestamptz,
  died_at        timestamptz
);
comment on column dead_letter_replays.taken_at is 'When the Broker took it; until then the sweep sends it again.';
comment on column dead_letter_replays.died_at is 'When the event came back dead once more.';
create index dead_letter_replays_letter on dead_letter_replays (dead_letter_id, replay_id desc);
create index dead_letter_replays_minute on dead_letter_replays (asked_at);
create index dead_letter_replays_open on dead_letter_replays (replay_id) where taken_at is null;

create index dead_letters_newest on dead_letters (first_seen desc, id desc);
create index dead_letters_fresh on dead_letters (first_seen desc, id desc) where not overtaken;
create index dead_letters_overtaken on dead_letters (first_seen desc, id desc) where overtaken;
create index dead_letters_replayed on dead_letters (first_seen desc, id desc) where replayed_at is not null;
create index dead_letters_unreplayed on dead_letters (first_seen desc, id desc) where replayed_at is null;
create index dead_letters_type on dead_letters (event_type, first_seen desc, id desc);
create index dead_letters_death on dead_letters (death, first_seen desc, id desc);
create index dead_letters_pipeline on dead_letters (pipeline, first_seen desc, id desc) where pipeline is not null;
create index dead_letters_run on dead_letters (run_id, first_seen desc, id desc) where run_id is not null;

call allow('reader', 'select', 'dead_letter_replays');
call allow('dead_letters', 'insert, update', 'dead_letter_replays');
call allow('sweeper', 'update', 'dead_letter_replays');

call allow('reader', 'select', 'dead_letter_replays');
call allow('dead_letters', 'insert, update', 'dead_letter_replays');
call allow('sweeper', 'update', 'dead_letter_replays');

-- 000013_operation_logs
-- Evidence: why rows were not taken as they came. The promised columns stand first and can be written by hand.

create schema if not exists operation_logs;

create table operation_logs.data_quality_errors (
  error_id     bigserial,
  symbol       text,
  ts           timestamptz,
  error_type   text check (error_type in (
                 'constraint_violation', 'fractional_volume', 'dedup_conflicts', 'cast_errors',
                 'authority_conflicts', 'upsert_failures', 'concurrency_issues')),
  error_detail text,
  log_time     timestamptz default now(),
  pipeline     text,
  run_id       uuid,
  task         text,
  batch        bigint,
  rule         text,
  policy       text check (policy in ('reject', 'warn', 'quarantine', 'abort')),
  source_id    text,
  sample       jsonb,
  identity     bytea,
  primary key (error_id, log_time)
) partition by range (log_time);
comment on column operation_logs.data_quality_errors.error_type is 'The first two: a rule, a row each. The other five: one row a batch, which sums up the table of that name.';
comment on column operation_logs.data_quality_errors.run_id is 'Of the first sight, like task and batch; all sights are in evidence_sightings.';
comment on column operation_logs.data_quality_errors.sample is 'The row, as far as the policy of its columns lets it be stored.';

create table operation_logs.dedup_conflicts (
  conflict_id  bigserial,
  symbol       text,
  ts           timestamptz,
  existing_row jsonb,
  incoming_row jsonb,
  resolution   text,
  log_time     timestamptz default now(),
  pipeline     text,
  run_id       uuid,
  task         text,
  batch        bigint,
  source_id    text,
  identity     bytea,
  primary key (conflict_id, log_time)
) partition by range (log_time);

create table operation_logs.authority_conflicts (
  conflict_id      bigserial,
  symbol           text,
  ts               timestamptz,
  source_a         text,
  source_b         text,
  preferred_source text,
  log_time         timestamptz default now(),
  pipeline         text,
  run_id           uuid,
  task             text,
  batch            bigint,
  source_id        text,
  row_a            jsonb,
  row_b            jsonb,
  identity         bytea,
  primary key (conflict_id, log_time)
) partition by range (log_time);

create table operation_logs.cast_errors (
  error_id     bigserial,
  symbol       text,
  column_name  text,
  raw_value    text,
  target_type  text,
  error_detail text,
  log_time     timestamptz default now(),
  pipeline     text,
  run_id       uuid,
  task         text,
  batch        bigint,
  ts           timestamptz,
  policy       text check (policy in ('reject', 'warn', 'quarantine', 'abort')),
  source_id    text,
  identity     bytea,
  primary key (error_id, log_time)
) partition by range (log_time);

create table operation_logs.upsert_failures (
  failure_id   bigserial,
  table_name   text,
  symbol       text,
  ts           timestamptz,
  error_detail text,
  log_time     timestamptz default now(),
  pipeline     text,
  run_id       uuid,
  task         text,
  batch        bigint,
  error_code   text,
  rule         text,
  source_id    text,
  sample       jsonb,
  identity     bytea,
  primary key (failure_id, log_time)
) partition by range (log_time);
comment on column operation_logs.upsert_failures.rule is 'The constraint that refused, where it has a name.';

create table operation_logs.concurrency_issues (
  issue_id   bigserial,
  table_name text,
  lock_type  text,
  pid        integer,
  details    text,
  log_time   timestamptz default now(),
  pipeline   text,
  run_id     uuid,
  task       text,
  batch      bigint,
  error_code text,
  attempt    integer,
  identity   bytea,
  primary key (issue_id, log_time)
) partition by range (log_time);
comment on column operation_logs.concurrency_issues.pid is 'Of the session that stood in the way, where it could still be seen.';

create table operation_logs.pipeline_watermarks (
  pipeline_name     text primary key,
  last_processed_ts timestamptz,
  status            text,
  updated_at        timestamptz default now(),
  pipeline          text,
  lane              text,
  task              text,
  run_id            uuid,
  batch             bigint,
  lag               interval,
  horizon           text
);
comment on table operation_logs.pipeline_watermarks is 'For people: what is gone on from is the last commit row in the report database. The name carries the lane, and the task, where there are several.';

create table operation_logs.backup_logs (
  backup_id     bigserial,
  backup_type   text,
  file_path     text,
  status        text,
  started_at    timestamptz,
  completed_at  timestamptz,
  log_time      timestamptz default now(),
  run_id        uuid,
  bytes         bigint,
  checksum      text,
  error_detail  text,
  details       jsonb,
  primary key (backup_id, log_time)
) partition by range (log_time);

create index idx_dq_symbol_ts on operation_logs.data_quality_errors (symbol, ts);
create index idx_upsert_symbol_ts on operation_logs.upsert_failures (symbol, ts);
create index idx_watermark_status on operation_logs.pipeline_watermarks (status);
create index data_quality_errors_newest on operation_logs.data_quality_errors (log_time desc, error_id desc);
create index dedup_conflicts_newest on operation_logs.dedup_conflicts (log_time desc, conflict_id desc);
create index authority_conflicts_newest on operation_logs.authority_conflicts (log_time desc, conflict_id desc);
create index cast_errors_newest on operation_logs.cast_errors (log_time desc, error_id desc);
create index upsert_failures_newest on operation_logs.upsert_failures (log_time desc, failure_id desc);
create index concurrency_issues_newest on operation_logs.concurrency_issues (log_time desc, issue_id desc);
create index backup_logs_newest on operation_logs.backup_logs (log_time desc, backup_id desc);

create table evidence_identities (
  identity bytea primary key check (length(identity) = 32),
  class    text not null check (class in (
             'data_quality_errors', 'dedup_conflicts', 'authority_conflicts', 'cast_errors', 'upsert_failures',
             'concurrency_issues')),
  row_id   bigint not null,
  log_time timestamptz not null
);
comment on table evidence_identities is 'What has been seen: each has one row in the table of its class, at its first sight. A row that retention took comes again with the next sight.';
create index evidence_identities_oldest on evidence_identities (log_time, identity);

create table evidence_sightings (
  run_id   uuid not null references run_log (run_id) on delete cascade,
  task     text not null,
  batch    bigint not null,
  identity bytea not null references evidence_identities (identity) on delete cascade,
  count    bigint not null default 1,
  aborted  boolean not null default false,
  primary key (run_id, task, batch, identity)
);
comment on table evidence_sightings is 'Which batch saw an identity, and in how many of its rows. A batch that aborted has a number below zero.';
create index evidence_sightings_identity on evidence_sightings (identity);

alter table batch_books
  add column warned      bigint not null default 0,
  add column quarantined bigint not null default 0,
  add column warned_by   jsonb not null default '{}';
comment on column batch_books.warned is 'Rows that broke a rule which only warns: they are among written, unchanged and deduped.';
comment on column batch_books.quarantined is 'Rows among the rejected that are kept whole in the report database.';
alter table task_runs
  add column warned      bigint,
  add column quarantined bigint;

create table evidence_archives (
  part        text primary key,
  table_name  text not null,
  from_time   timestamptz not null,
  until_time  timestamptz not null,
  file        text not null,
  rows        bigint not null,
  bytes       bigint not null,
  sha256      text not null,
  columns     text[] not null,
  archived_at timestamptz not null default clock(),
  dropped_at  timestamptz,
  held_until  timestamptz
);
comment on table evidence_archives is 'Months of evidence that were written to a file and read back from it.';
comment on column evidence_archives.held_until is 'It was restored: until then it stays.';

-- Callers need no right to create tables: the partitions belong to who migrated. Attaching lets writers and readers go on.
create function ensure_evidence_partitions(ahead integer default 3) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  parent text;
  part   text;
  month  timestamp;
  made   integer := 0;
begin
  perform pg_advisory_xact_lock(hashtext('kubescribe.evidence_partitions'));
  foreach parent in array array['data_quality_errors', 'dedup_conflicts', 'authority_conflicts', 'cast_errors',
                                'upsert_failures', 'concurrency_issues', 'backup_logs'] loop
    month := date_trunc('month', least(now(), clock()) at time zone 'UTC');
    while month <= date_trunc('month', clock() at time zone 'UTC') + ahead * interval '1 month' loop
      part := format('%s_%s', parent, to_char(month, 'YYYYMM'));
      if to_regclass('operation_logs.' || part) is null then
        execute format('create table operation_logs.%I (like operation_logs.%I including defaults including constraints)',
          part, parent);
        execute format('alter table operation_logs.%I attach partition operation_logs.%I for values from (%L) to (%L)',
          parent, part, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
        made := made + 1;
      end if;
      month := month + interval '1 month';
    end loop;
  end loop;
  return made;
end $$;

select ensure_evidence_partitions();

-- The oldest month of a table, when all of it is older than is kept; with `archived`, only what was written to a file.
create function drop_oldest_evidence_partition(parent text, archived boolean) returns text
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '100ms' as $$
declare
  oldest text;
begin
  select class.relname into oldest
    from pg_inherits join pg_class class on class.oid = inhrelid
   where inhparent = to_regclass(format('operation_logs.%I', parent)) and class.relname ~ '_\d{6}$'
     and to_date(right(class.relname, 6), 'YYYYMM') + interval '1 month'
         <= (select (clock() - keep) at time zone 'UTC' from retention where of = parent)
     and not exists (select from evidence_archives archive
                      where archive.part = class.relname and archive.held_until > clock())
     and (not archived
          or exists (select from evidence_archives archive where archive.part = class.relname))
   order by class.relname limit 1;
  if oldest is not null then
    execute format('drop table operation_logs.%I', oldest);
    update evidence_archives set dropped_at = clock(), held_until = null where part = oldest;
  end if;
  return oldest;
end $$;

insert into retention (of, keep, least, most) values
  ('data_quality_errors', '335 days', '180 days', null),
  ('dedup_conflicts',     '335 days', '180 days', null),
  ('authority_conflicts', '335 days', '180 days', null),
  ('cast_errors',         '335 days', '180 days', null),
  ('upsert_failures',     '335 days', '180 days', null),
  ('concurrency_issues',  '335 days', '180 days', null),
  ('backup_logs',         '335 days', '180 days', null),
  ('evidence_identities', '335 days', '180 days', null),
  ('quarantine',          '120 days', '7 days',   null);

alter table evidence_identities set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table evidence_sightings  set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- As 000010 said for routines; that holds for what the same login makes.
revoke execute on function ensure_evidence_partitions, drop_oldest_evidence_partition from public;
call allow('reader', 'usage', 'schema operation_logs');
call allow('migrator', 'usage, create', 'schema operation_logs');
call allow('reader', 'select', 'operation_logs.data_quality_errors', 'operation_logs.dedup_conflicts',
           'operation_logs.authority_conflicts', 'operation_logs.cast_errors', 'operation_logs.upsert_failures',
           'operation_logs.concurrency_issues', 'operation_logs.pipeline_watermarks', 'operation_logs.backup_logs',
           'evidence_identities', 'evidence_sightings', 'evidence_archives');
call allow('writer', 'insert', 'operation_logs.data_quality_errors', 'operation_logs.dedup_conflicts',
           'operation_logs.authority_conflicts', 'operation_logs.cast_errors', 'operation_logs.upsert_failures',
           'operation_logs.concurrency_issues');
call allow('writer', 'insert, update', 'operation_logs.pipeline_watermarks', 'evidence_identities');
call allow('writer', 'insert, delete', 'evidence_sightings');
call allow('writer', 'usage', 'sequence operation_logs.data_quality_errors_error_id_seq',
           'operation_logs.dedup_conflicts_conflict_id_seq', 'operation_logs.authority_conflicts_conflict_id_seq',
           'operation_logs.cast_errors_error_id_seq', 'operation_logs.upsert_failures_failure_id_seq',
           'operation_logs.concurrency_issues_issue_id_seq');
call allow('writer', 'execute', 'function ensure_evidence_partitions');
call allow('upkeep', 'insert, update', 'operation_logs.backup_logs', 'evidence_archives');
call allow('upkeep', 'usage', 'sequence operation_logs.backup_logs_backup_id_seq');
call allow('upkeep', 'delete', 'evidence_identities', 'evidence_sightings');
call allow('upkeep', 'execute', 'function ensure_evidence_partitions', 'drop_oldest_evidence_partition');

-- 000014_watermark_resets
-- The wish that a pipeline reads everything again: carried out by its next run, known to be done by its commit rows.

alter table pipelines
  add column watermark_reset    uuid,
  add column watermark_reset_at timestamptz;
comment on column pipelines.watermark_reset is 'The last wish to read everything again; who wished it and why is in the audit.';

-- 000015_schema_version
-- A host is ready once the schema that its code was written for is there: it asks by this, and not for the history itself.

create function schema_version() returns text
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select max(version) from schema_migrations);
end $$;
comment on function schema_version() is 'The newest migration that was applied.';

revoke execute on function schema_version() from public;
call allow('reader', 'execute', 'function schema_version()');

-- 000016_reading_evidence
-- What people ask evidence for, each in the order of the list: of a symbol, of a pipeline.

create index data_quality_errors_symbol on operation_logs.data_quality_errors (symbol, log_time desc, error_id desc);
create index dedup_conflicts_symbol on operation_logs.dedup_conflicts (symbol, log_time desc, conflict_id desc);
create index authority_conflicts_symbol on operation_logs.authority_conflicts (symbol, log_time desc, conflict_id desc);
create index cast_errors_symbol on operation_logs.cast_errors (symbol, log_time desc, error_id desc);
create index upsert_failures_symbol on operation_logs.upsert_failures (symbol, log_time desc, failure_id desc);
create index data_quality_errors_pipeline on operation_logs.data_quality_errors (pipeline, log_time desc, error_id desc);
create index dedup_conflicts_pipeline on operation_logs.dedup_conflicts (pipeline, log_time desc, conflict_id desc);
create index authority_conflicts_pipeline on operation_logs.authority_conflicts (pipeline, log_time desc, conflict_id desc);
create index cast_errors_pipeline on operation_logs.cast_errors (pipeline, log_time desc, error_id desc);
create index upsert_failures_pipeline on operation_logs.upsert_failures (pipeline, log_time desc, failure_id desc);
create index concurrency_issues_pipeline on operation_logs.concurrency_issues (pipeline, log_time desc, issue_id desc);

-- 000017_task_notes
alter table task_runs add column meta jsonb;
comment on column task_runs.meta is 'What the task found out beside its books: columns of the source that changed, the finding of a check.';

-- 000018_log_writers
-- Lines of the log arrive once.

create table log_writers (
  id      uuid primary key,
  lines   bigint not null,
  seen_at timestamptz not null default clock()
);
alter table log_writers set (fillfactor = 50);
comment on table log_writers is 'How many of its lines each writer has brought in: a batch whose answer was lost is not taken twice.';

-- Every function tells of itself, also those that else only read.
call allow('reader', 'select, insert, update, delete', 'log_writers');

-- 000019_log_counts
-- What was left out of a run's log is counted.

create table log_counts (
  run_id      uuid primary key references run_log (run_id) on delete cascade,
  written     bigint not null default 0,
  repeated    bigint not null default 0,
  over_budget bigint not null default 0,
  crowded_out bigint not null default 0
);
alter table log_counts set (fillfactor = 50);
comment on table log_counts is 'Lines that writers brought in for a run, and lines that they left out of it.';

call allow('reader', 'select, insert, update', 'log_counts');

-- 000020_reading_logs
-- Pages of lines in the order of time: every index that a list is read by ends in (timestamp, id), so that a page is
-- sought at any depth, also among lines of one instant. The promised names keep the promised columns in front.

drop index idx_logs_type;
drop index idx_logs_level;
drop index idx_logs_timestamp;
drop index idx_logs_job_run_timestamp;
drop index idx_logs_task_run_timestamp;

create index idx_logs_type on logs (type, timestamp, id);
create index idx_logs_level on logs (level, timestamp, id);
create index idx_logs_job_run_timestamp on logs (job_run_id, timestamp, id);
create index idx_logs_task_run_timestamp on logs (task_run_id, timestamp, id);

-- By ranges of blocks: lines come in the order of time, so that a time is found by it. It has no order of its own, by
-- which the planner would go through all lines for those of one run that it takes to be spread evenly.
create index idx_logs_timestamp on logs using brin (timestamp) with (pages_per_range = 32, autosummarize = on);

-- What went wrong in a run, among however many lines.
create index logs_trouble on logs (job_run_id, left(level, 1), timestamp, id) where level in ('warn', 'error');

-- 000021_log_capture
-- How much is kept of what a pipeline says, who may add a line, and what is not told again each time.

alter table pipelines add column log_level text check (log_level in ('debug', 'info', 'warn', 'error'));
comment on column pipelines.log_level is 'The least that is kept of what its runs log; null: info.';

-- Every function tells of itself, also those that else only read. Nobody changes a line.
call allow('reader', 'insert', 'logs');
call allow('reader', 'usage', 'sequence logs_id_seq');

create table last_told (
  what    text primary key check (length(what) <= 200),
  state   jsonb not null,
  told_at timestamptz not null default '-infinity',
  untold  integer not null default 0
);
comment on table last_told is 'What comes often and is told seldom, such as starts: as it was when it last came.';
comment on column last_told.untold is 'How often it came since it was told.';
call allow('reader', 'select', 'last_told');

-- Whether something that came again is to be told: when it is not as it was, or was not told for so long.
create function tell_now(of_what text, now_is jsonb, every interval)
returns table (tell boolean, was jsonb, untold integer)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  known last_told;
begin
  insert into last_told (what, state) values (of_what, now_is) on conflict do nothing;
  select * into known from last_told where what = of_what for update;
  tell := known.told_at <= clock() - every or known.state <> now_is;
  was := case when known.told_at > '-infinity' then known.state end;
  untold := known.untold;
  update last_told as l
     set state = now_is, told_at = case when tell then clock() else l.told_at end,
         untold = case when tell then 0 else l.untold + 1 end
   where l.what = of_what;
  return next;
end $$;
revoke execute on function tell_now from public;
call allow('reader', 'execute', 'function tell_now(text, jsonb, interval)');

-- 000022_jobs
-- Runs that are worked on in Kubernetes Jobs.

alter table run_work add column job_epoch bigint;
comment on column run_work.job_epoch is 'The epoch by which the last Job was asked for, whose name ends with it; null: the last claim was a slice''s. Equal to epoch: no pod has taken it, the lease is the time that it has for that.';

create table abandoned_jobs (
  run_id uuid not null,
  epoch  bigint not null,
  since  timestamptz not null default clock(),
  primary key (run_id, epoch)
);
comment on table abandoned_jobs is 'Jobs whose work was taken from them; the sweep deletes what of them still runs, then the row.';

call allow('reader', 'select', 'abandoned_jobs');
call allow('writer', 'insert', 'abandoned_jobs');
call allow('sweeper', 'delete', 'abandoned_jobs');

-- 000023_cheap_sightings
-- Each sight was looked up twice by its references, which took as long as to write it. What they kept holds without them: one
-- statement writes an identity and its sights, and only upkeep removes identities (those that nothing has seen) and runs.
alter table evidence_sightings
  drop constraint evidence_sightings_run_id_fkey,
  drop constraint evidence_sightings_identity_fkey;

create function forget_sightings() returns trigger language plpgsql as $$
begin
  delete from evidence_sightings where run_id in (select run_id from gone);
  return null;
end $$;
create trigger run_log_forget_sightings after delete on run_log
  referencing old table as gone for each statement execute function forget_sightings();

revoke execute on function forget_sightings from public;

-- History, as `kubescribe migrate` and infra/migrate.sh leave it
create table if not exists public.schema_migrations (
  version text primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
);
insert into public.schema_migrations (version, name, checksum)
values ('000001', 'initial_schema', '935cee856c2fc3ddc1f4ddfcf92614236d513044ce83654f3ba8174a50ea9fe8');
insert into public.schema_migrations (version, name, checksum)
values ('000002', 'column-job-run-logs', '8c63edee212411cf5d8ca99f5a837657334b507285ce46e0e286505b58882b0e');
insert into public.schema_migrations (version, name, checksum)
values ('000003', 'requests_and_work', '1e6c9e68a4ef36deb3d7a7f5cfc4465826bedbe1af3a1320e0d130438594e465');
insert into public.schema_migrations (version, name, checksum)
values ('000004', 'outbox_and_dead_letters', '033590ba0e2c296e91ee2d19839339b75fafd77be77c7563a1539a882aebcf6d');
insert into public.schema_migrations (version, name, checksum)
values ('000005', 'alert_notifications', '90deb83e6a09413129cb3313f7b607e089f146bbcb95001092515454e99d8430');
insert into public.schema_migrations (version, name, checksum)
values ('000006', 'schedules_backfills_and_slices', 'cbbd22479f3b8f5ef9621656181687685bd649e27b7a3bd3545c5214641fdd9b');
insert into public.schema_migrations (version, name, checksum)
values ('000007', 'audit', 'cb7b4f61dab48508f83e7429c5a53a3adf5f0984483c7b1ac03e3190a22f0b0a');
insert into public.schema_migrations (version, name, checksum)
values ('000008', 'reading_runs', 'e4f825e6ee2d7bd8ddca67f8c2eb8647dc9782c59cef85ef53ed8cc2675fade2');
insert into public.schema_migrations (version, name, checksum)
values ('000009', 'retention', 'b2b5487f943ed8422d07883fe67ae54e6889b6ba0494eac715b496da4e706c9c');
insert into public.schema_migrations (version, name, checksum)
values ('000010', 'roles', 'c061a35cacaa4c3ca0a2a92bb4a147b248355266a3d69364d5d63347fef74650');
insert into public.schema_migrations (version, name, checksum)
values ('000011', 'asked_once', '4fbaf543e499d29aa985d76f95c795b0a067d1c6b566878b7855250782119398');
insert into public.schema_migrations (version, name, checksum)
values ('000012', 'dead_letter_replays', '2e380d42c9a26c3fd5e67903601157313079ceec8632814622f22b56fa0eb30e');
insert into public.schema_migrations (version, name, checksum)
values ('000013', 'operation_logs', '75bad7030421853107fa03b020dee0c6d8758e853932366729b798e31a676441');
insert into public.schema_migrations (version, name, checksum)
values ('000014', 'watermark_resets', '12452c8e78d78a601f6c0d623a6599ca868d8f327803acda3ad64e24556f8eea');
insert into public.schema_migrations (version, name, checksum)
values ('000015', 'schema_version', '310af01a75ab2feba8653e3b199937f27a5200dc5becf735914ce415c8533ca5');
insert into public.schema_migrations (version, name, checksum)
values ('000016', 'reading_evidence', 'cb3099ce8e3e812c70abfce7a658214e087b787e71e892b960ea379627662d11');
insert into public.schema_migrations (version, name, checksum)
values ('000017', 'task_notes', '703c00cddc2c3d485c160118dcb3e8c857848e7050e26db6f469388b5cce137e');
insert into public.schema_migrations (version, name, checksum)
values ('000018', 'log_writers', '1e42a519b19440325c4088e3cb9800b3b1287c3a189c4bbfd76f07e3d5c7c0ee');
insert into public.schema_migrations (version, name, checksum)
values ('000019', 'log_counts', 'ee73ed8931a8e007272731280b1bbaa8454e6f2d5b62e2709ab9f0fe0b50d57e');
insert into public.schema_migrations (version, name, checksum)
values ('000020', 'reading_logs', 'd1409021e3cad557dda795804cb3ed1ad58ae3665891d51249c1c3781d53bfaa');
insert into public.schema_migrations (version, name, checksum)
values ('000021', 'log_capture', 'adbe52cfd2ec5c87b73646471a10d993fd6d1b2fd4406c6b220db1a9309ffe0f');
insert into public.schema_migrations (version, name, checksum)
values ('000022', 'jobs', '91fbb5fd5bf512e01e13be6ef1967334e365c8a75ab1963dcb52bad010670fff');
insert into public.schema_migrations (version, name, checksum)
values ('000023', 'cheap_sightings', '4e5d13e481a811c88cc55cb62345a50fb913bbee2e4d77ffc93f47f4fdf649c5');

commit;
