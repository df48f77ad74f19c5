-- Who intervened, from where, and why: rows that nobody changes.

create table audit (
  audit_id  bigint generated always as identity primary key,
  at        timestamptz not null default clock(),
  actor     text not null,
  came_from text not null,
  action    text not null check (action ~ '^[a-z-]+\.[a-z-]+$'),
  subject   text not null,
  why       text,
  details   jsonb not null default '{}'
);
comment on table audit is 'Append-only: each intervention, written by the transaction that made it.';
comment on column audit.actor is 'A name that the door in front gave, or by which way an unnamed one came.';
create index audit_subject on audit (subject, audit_id desc);
