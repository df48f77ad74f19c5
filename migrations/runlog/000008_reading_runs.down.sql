alter table run_requests drop column tags;
alter table run_log drop column tags;
