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
