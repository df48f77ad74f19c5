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
