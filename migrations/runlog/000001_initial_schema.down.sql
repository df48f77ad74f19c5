-- The table that the undoing of 000002 brought back.
drop table if exists task_logs;

drop view v_latest_runs;
drop table run_log;
drop function keep_ended_runs();
drop type run_status;
drop function clock();
drop table clock_shift;
drop function refuse_clock_shift();
