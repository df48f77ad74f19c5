-- Lines of the log arrive once.

create table log_writers (
  id      uuid primary key,
  lines   bigint not null,
  seen_at timestamptz not null default clock()
);
alter table log_writers set (fillfactor = 50);
comment on table log_writers is 'How many of its lines each writer has brought in: a batch whose answer was lost is not taken twice.';

-- Every function tells of itself, also those that else only read.
call allow('reader', 'select, insert, update, delete', 'log_writers');
