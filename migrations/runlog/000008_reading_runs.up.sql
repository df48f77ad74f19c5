-- What runs are looked for by, beside the promised columns.

alter table run_log add column tags text[] not null default '{}';
comment on column run_log.tags is 'Words to find it by: its pipeline''s, and those of whoever asked for it.';
