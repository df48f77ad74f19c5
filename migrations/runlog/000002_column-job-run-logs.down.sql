drop table logs;
drop function ensure_log_partitions(integer);
drop view job_runs;
drop table task_runs;

create table task_logs (
  id          bigserial primary key,
  task_run_id uuid,
  timestamp   timestamp default now(),
  level       text,
  message     text
);
