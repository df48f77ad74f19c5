-- How long each kind of record is kept, how far the walk that deletes has come, and how large the tables are.

create table retention (
  of          text primary key,
  keep        interval,
  least       interval not null,
  most        interval,
  forced      boolean not null default false,
  gone_before timestamptz,
  pass        jsonb,
  passed_at   timestamptz not null default clock(),
  constraint retention_within_bounds check (
    coalesce(keep > interval '0', true)
    and (forced or coalesce(keep >= least, true) and (most is null or coalesce(keep <= most, false))))
);
comment on table retention is 'What is older than "keep" goes, a little at a time, at the daily tick. Who works on a kind locks its row.';
comment on column retention.keep is 'Null: for ever; of run_slices and batch_books: as long as their run.';
comment on column retention.forced is 'Somebody insisted on a time outside of the bounds.';
comment on column retention.gone_before is 'Of what is older than this, some was deleted: nobody may call it missing.';
comment on column retention.pass is 'The pass under way: where it has come to, and how many rows it deleted.';
comment on column retention.passed_at is 'When the last pass through its tables ended.';

insert into retention (of, keep, least, most) values
  ('logs',                '30 days',  '1 day',    null),
  ('runs',                '120 days', '90 days',  '180 days'),
  ('foreign_runs',        null,       '30 days',  null),
  ('run_slices',          null,       '1 day',    null),
  ('batch_books',         null,       '1 day',    null),
  ('requests',            '400 days', '90 days',  null),
  ('backfills',           '400 days', '90 days',  null),
  ('pauses',              '400 days', '90 days',  null),
  ('schedules',           '400 days', '90 days',  null),
  ('alert_notifications', '180 days', '30 days',  null),
  ('dead_letters',        '90 days',  '7 days',   null),
  ('outbox',              '7 days',   '1 day',    null),
  ('audit',               '730 days', '366 days', null),
  ('report_commits',      '120 days', '30 days',  null),
  ('table_sizes',         '400 days', '30 days',  null);

create table table_sizes (
  table_name text not null,
  day        date not null,
  bytes      bigint not null,
  rows       bigint,
  primary key (table_name, day)
);
comment on table table_sizes is 'Each table once a day, with its indexes: what growth is computed from.';
comment on column table_sizes.table_name is 'Partitions count as their table; "database" is the whole.';
comment on column table_sizes.rows is 'As the planner believes; null: it does not know yet.';

create table table_limits (
  table_name text primary key,
  bytes      bigint not null check (bytes > 0)
);
comment on table table_limits is 'How large a table, or the "database", may become, as somebody said: the disk is not known here.';

-- Slots are found by their calendar; what has none would else be sought among all.
create index run_requests_unslotted on run_requests (requested_at, run_id) where slot is null;

-- Rights are not needed to drop a day, and what is to be kept cannot be dropped: the partitions belong to who migrated.
-- Waiting for the lock stops everybody who comes after; who cannot have it at once tries again later.
create function drop_oldest_log_partition() returns text
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '100ms' as $$
declare
  oldest text;
begin
  select class.relname into oldest
    from pg_inherits join pg_class class on class.oid = inhrelid
   where inhparent = 'logs'::regclass and class.relname ~ '^logs_\d{8}$'
     and to_date(right(class.relname, 8), 'YYYYMMDD')
         < (select (clock() - keep) at time zone 'UTC' from retention where of = 'logs')::date
   order by class.relname limit 1;
  if oldest is not null then
    execute format('drop table %I', oldest);
  end if;
  return oldest;
end $$;

-- Large tables are vacuumed after 2 % of dead rows instead of 20 %: the days that a purge frees are filled again before
-- the next. Small ones in which every run leaves dead rows are vacuumed by count, or their scans would slow down.
alter table run_log      set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table run_requests set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table task_runs    set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, fillfactor = 80);
alter table run_slices   set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, fillfactor = 80);
alter table batch_books  set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table outbox       set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, fillfactor = 70);
alter table run_work     set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
