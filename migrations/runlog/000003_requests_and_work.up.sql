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
