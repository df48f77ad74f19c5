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
