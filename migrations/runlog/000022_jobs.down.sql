drop table abandoned_jobs;
alter table run_work drop column job_epoch;
