drop index logs_trouble;
drop index idx_logs_type;
drop index idx_logs_level;
drop index idx_logs_timestamp;
drop index idx_logs_job_run_timestamp;
drop index idx_logs_task_run_timestamp;

create index idx_logs_type on logs (type);
create index idx_logs_level on logs (level);
create index idx_logs_timestamp on logs (timestamp);
create index idx_logs_job_run_timestamp on logs (job_run_id, timestamp);
create index idx_logs_task_run_timestamp on logs (task_run_id, timestamp);
