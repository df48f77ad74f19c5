-- What was left out of a run's log is counted.

create table log_counts (
  run_id      uuid primary key references run_log (run_id) on delete cascade,
  written     bigint not null default 0,
  repeated    bigint not null default 0,
  over_budget bigint not null default 0,
  crowded_out bigint not null default 0
);
alter table log_counts set (fillfactor = 50);
comment on table log_counts is 'Lines that writers brought in for a run, and lines that they left out of it.';

call allow('reader', 'select, insert, update', 'log_counts');
