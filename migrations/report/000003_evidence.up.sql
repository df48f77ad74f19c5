-- Why rows were not taken as they came: written with their batch, taken away when RunLog has it.

create table kubescribe.evidence (
  commit_id bigint not null,
  identity  bytea not null check (length(identity) = 32),
  class     text not null,
  symbol    text,
  ts        timestamptz,
  detail    jsonb not null,
  count     bigint not null default 1,
  noted_at  timestamptz not null default statement_timestamp(),
  primary key (commit_id, identity)
);
comment on column kubescribe.evidence.detail is 'The other columns of the row of operation_logs that it becomes.';

create table kubescribe.quarantine (
  pipeline  text not null,
  task      text not null,
  source_id bigint not null,
  target    text not null,
  run_id    uuid not null,
  commit_id bigint not null,
  rules     text[] not null,
  row       jsonb not null,
  noted_at  timestamptz not null default statement_timestamp(),
  primary key (pipeline, task, source_id)
);
comment on table kubescribe.quarantine is 'Rows that were kept out of their target and kept whole; a row leaves when it comes again and is in order.';
create index quarantine_oldest on kubescribe.quarantine (noted_at);

alter table kubescribe.commits add column as_of timestamptz;
comment on column kubescribe.commits.as_of is 'The source''s own time of the snapshot that was read.';
