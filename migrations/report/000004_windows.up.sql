-- How far behind its source a window is, from where a look-back counts, and what was compared with the source when.

alter table kubescribe.commits
  add column since    timestamptz,
  add column seen     numeric,
  add column lag      double precision,
  add column degraded boolean not null default false,
  add column reset    uuid;
comment on column kubescribe.commits.since is 'The source''s own time of the snapshot that the previous horizon is of: a look-back counts from it.';
comment on column kubescribe.commits.as_of is 'The source''s own time of the snapshot that the horizon is of.';
comment on column kubescribe.commits.seen is 'Below this every transaction had begun when the horizon was taken.';
comment on column kubescribe.commits.lag is 'Seconds that the horizon lay behind the source''s time: the age of its oldest transaction, at most; null: unknown.';
comment on column kubescribe.commits.degraded is 'The lag was beyond what the pipeline allows.';
comment on column kubescribe.commits.reset is 'The wish of RunLog by which everything was read again.';

create table kubescribe.reconciled (
  scope        text not null,
  task         text not null,
  low          bigint not null,
  identity     text,
  source_rows  bigint,
  source_hash  bigint,
  target_rows  bigint,
  target_hash  bigint,
  differs      boolean not null default true,
  checked_at   timestamptz,
  primary key (scope, task, low)
);
comment on table kubescribe.reconciled is 'Ranges of a source''s ids, each up to the next one''s, and what both sides were like when they were last made equal.';
comment on column kubescribe.reconciled.identity is 'Which source, and which declaration of the task; another one makes all ranges differ.';
create index reconciled_differing on kubescribe.reconciled (scope, task, low) where differs;
