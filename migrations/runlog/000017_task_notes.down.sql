alter table task_runs drop column meta;
