drop table batch_books;
drop trigger live_runs_end_by_their_worker on run_log;
drop function keep_live_runs();
drop table run_work;
drop sequence epochs;
drop table run_requests;
drop function keep_ended_requests();
drop table schedules;
drop table pipelines;
