-- What KubeScribe keeps in the report database, all of it in its own schema.

create schema kubescribe;

create table kubescribe.fence (
  scope text primary key,
  epoch bigint not null
);
comment on table kubescribe.fence is 'The highest epoch that may commit in a scope.';

create table kubescribe.commits (
  commit_id        bigint generated always as identity primary key,
  scope            text not null,
  task             text not null,
  predecessor      bigint not null,
  run_id           uuid not null,
  batch            bigint not null,
  source_identity  text not null,
  previous_horizon numeric not null,
  horizon          numeric not null,
  last_id          bigint not null,
  closed           boolean not null,
  books            jsonb not null,
  shipped          boolean not null default false,
  committed_at     timestamptz not null default statement_timestamp(),
  unique (scope, task, predecessor)
);
comment on table kubescribe.commits is 'One row a committed batch; the last row of a scope and task is its watermark.';
create index commits_unshipped on kubescribe.commits (scope) where not shipped;

create table kubescribe.touched_keys (
  target text not null,
  key    jsonb not null
);
comment on table kubescribe.touched_keys is 'Groups that a roll-up must recompute: plain inserts, taken by one delete.';
create index touched_keys_target on kubescribe.touched_keys (target);
