-- What runs are looked for by, beside the promised columns, and the indexes that answer in the order of the list.

alter table run_log add column tags text[] not null default '{}';
comment on column run_log.tags is 'Words to find it by: its pipeline''s, and those of whoever asked for it.';
alter table run_requests add column tags text[] not null default '{}';
comment on column run_requests.tags is 'What its run will be found by.';
