-- What runs are looked for by, beside the promised columns, and the indexes that have the order of the list.

alter table run_log add column tags text[] not null default '{}';
comment on column run_log.tags is 'Words to find it by: its pipeline''s, and those of whoever asked for it.';
alter table run_requests add column tags text[] not null default '{}';
comment on column run_requests.tags is 'What its run will be found by.';

-- Any of these columns that is not asked for has few values: a list is merged of one stretch a value. Null is indexed
-- as nothing, since "is null" would lose the order of what follows; the time as run_log_newest does not have it, so
-- that no statistics lead there.
drop index run_log_status;
create index run_log_facets on run_log
  (status, coalesce(trigger, ''), coalesce(source, ''), (started_at at time zone 'UTC') desc, run_id desc);
create index run_log_component_facets on run_log
  (component, status, coalesce(trigger, ''), coalesce(source, ''), (started_at at time zone 'UTC') desc, run_id desc);
create index run_log_errors on run_log
  (error_code, (started_at at time zone 'UTC') desc, run_id desc) where error_code is not null;

-- Words are whole ones: pg_trgm finds parts of them, and is not everywhere. Who succeeds and who has no tag pays nothing.
create index run_log_words on run_log
  using gin (to_tsvector('simple', coalesce(error_code, '') || ' ' || coalesce(error_message, '')))
  where error_code is not null or error_message is not null;
create index run_log_tags on run_log using gin (tags) where tags <> '{}';
create index run_log_meta on run_log using gin (meta jsonb_path_ops);
-- Of an index of some rows the planner takes no statistics: which words are frequent it has to know otherwise.
create statistics run_log_words on
  (to_tsvector('simple', coalesce(error_code, '') || ' ' || coalesce(error_message, ''))) from run_log;
