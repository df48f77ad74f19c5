-- Pages of lines in the order of time: every index that a list is read by ends in (timestamp, id), so that a page is
-- sought at any depth, also among lines of one instant. The promised names keep the promised columns in front.

drop index idx_logs_type;
drop index idx_logs_level;
drop index idx_logs_timestamp;
drop index idx_logs_job_run_timestamp;
drop index idx_logs_task_run_timestamp;

create index idx_logs_type on logs (type, timestamp, id);
create index idx_logs_level on logs (level, timestamp, id);
create index idx_logs_job_run_timestamp on logs (job_run_id, timestamp, id);
create index idx_logs_task_run_timestamp on logs (task_run_id, timestamp, id);

-- By ranges of blocks: lines come in the order of time, so that a time is found by it. It has no order of its own, by
-- which the planner would go through all lines for those of one run that it takes to be spread evenly.
create index idx_logs_timestamp on logs using brin (timestamp) with (pages_per_range = 32, autosummarize = on);

-- What went wrong in a run, among however many lines.
create index logs_trouble on logs (job_run_id, left(level, 1), timestamp, id) where level in ('warn', 'error');
