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
