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
