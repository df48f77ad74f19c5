alter table run_log drop column tags;
